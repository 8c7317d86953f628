import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createDatabase } from '../../../local/database/database.ts';

/** A request as it came, of a service's own wire form. */
export interface Asked {
  /** `secretsmanager`, `states`, `sts`, `s3` …: what it was signed for. */
  service: string;
  method: string;
  path: string;
  /** `X-Amz-Target` without its prefix, or a query's `Action`. */
  action: string;
  headers: Record<string, string | string[] | undefined>;
  body: string;
}

export interface Answer {
  status?: number;
  body: string;
}

export interface Aws {
  origin: string;
  /** All requests but DynamoDB's. */
  asked: Asked[];
  /** Requests to DynamoDB so far. */
  databaseRequests(): number;
  /** DynamoDB takes the next such request, and never answers it. */
  swallow(action: string): void;
  stop(): Promise<void>;
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk);
  return Buffer.concat(chunks).toString();
}

/** One endpoint for the AWS services that a function calls: DynamoDB is the local cloud's, the others are `answer`'s. */
export async function startAws(answer: (asked: Asked) => Answer): Promise<Aws> {
  const asked: Asked[] = [];
  let databaseRequests = 0;
  let swallowed: string | undefined;
  const database = await createDatabase();
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const target = String(request.headers['x-amz-target'] ?? '');
    if (target.startsWith('DynamoDB_')) {
      databaseRequests++;
      if (target.endsWith(`.${swallowed}`)) {
        swallowed = undefined;
        return;
      }
      database.handle(request, response);
      return;
    }
    const body = await read(request);
    const { url = '/', method = '', headers } = request;
    const service = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(String(headers.authorization))?.[1] ?? '';
    const action = target === '' ? (new URLSearchParams(body).get('Action') ?? '') : (target.split('.').at(-1) ?? '');
    const it: Asked = { service, method, path: url, action, headers, body };
    asked.push(it);
    const { status = 200, body: text } = answer(it);
    response.writeHead(status, { 'content-type': target === '' ? 'text/xml' : 'application/x-amz-json-1.1' }).end(text);
  };
  const server = createServer((request, response) => void serve(request, response));
  await new Promise<void>((done) => void server.listen(0, '127.0.0.1', () => done()));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    databaseRequests: () => databaseRequests,
    swallow(action) {
      swallowed = action;
    },
    async stop() {
      server.closeAllConnections();
      await new Promise((done) => server.close(done));
      await database.close();
    },
  };
}

export const ENCRYPTION_KEY = '07'.repeat(32);

/** What the stack's secrets hold: the access key, once rotated, and the encryption key. */
export function secretAnswer({ body }: Asked, accessKeys: { current: object; previous?: object }): Answer {
  const { SecretId, VersionStage } = JSON.parse(body);
  if (SecretId === 'encryption-key') return { body: JSON.stringify({ SecretString: ENCRYPTION_KEY }) };
  const key = VersionStage === 'AWSPREVIOUS' ? accessKeys.previous : accessKeys.current;
  if (key === undefined) return { status: 400, body: '{"__type":"ResourceNotFoundException","message":"none"}' };
  return { body: JSON.stringify({ SecretString: JSON.stringify(key) }) };
}

/** The environment that the stack gives the engine's functions, with every endpoint at `origin`. */
export function environment(origin: string): Record<string, string> {
  return {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'function',
    AWS_SECRET_ACCESS_KEY: 'function-secret',
    AWS_ENDPOINT_URL: origin,
    AWS_MAX_ATTEMPTS: '1',
    VIVAVOCE_TABLE: 'engine',
    VIVAVOCE_ACCOUNT_ID: '123456789012',
    CREDENTIALS_SECRET_ARN: 'access-key',
    ENCRYPTION_KEY_SECRET_ARN: 'encryption-key',
    EVENT_BUS_NAME: 'bus',
    METRICS_NAMESPACE: 'vivavoce-test',
    JOB_STATE_MACHINE_ARN: 'arn:aws:states:us-east-1:123456789012:stateMachine:job',
    EXTERNAL_ID: '123456789012',
    DATA_ACCESS_ROLE_ARN: 'arn:aws:iam::123456789012:role/data-access',
  };
}
