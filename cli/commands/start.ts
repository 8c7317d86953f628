import { startCloud } from '../../local/cloud.ts';
import { parse, portOf } from '../options.ts';
import { print } from '../terminal.ts';

const HELP = `npm start -- [--host 127.0.0.1] [--port 4566] [--data-dir .vivavoce]

Serves S3, SQS, DynamoDB, EventBridge, Step Functions and Voice ID on one port, and runs the workflow: any .json
uploaded to the bucket vivavoce-manifests is a manifest. Everything is kept in the data directory; started again on
it, the cloud goes on where it was. Ctrl-C stops it. The link that it prints opens the web console.

  aws --endpoint-url http://127.0.0.1:4566 s3 cp manifest.json s3://vivavoce-manifests/

Region us-east-1, access key vivavoce, secret vivavoce-local (VIVAVOCE_CREDENTIALS=KEY:SECRET[,KEY:SECRET] replaces
them). With another --host than this machine's own, that address serves the Voice ID API alone: the other services
take any signature, and stay on the loopback interface.
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    host: { type: 'string', default: '127.0.0.1' },
    port: { type: 'string', default: '4566' },
    'data-dir': { type: 'string', default: '.vivavoce' },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = portOf(values.port);
  // Recordings, voiceprints and their key: the owner's alone.
  process.umask(0o077);
  const stopped = new Promise<string>((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const cloud = await startCloud({
    host: values.host,
    port,
    dataDir: values['data-dir'],
    env: process.env,
    log: (line) => void process.stdout.write(line),
  });
  print(`console ${cloud.consoleLink}`);
  print(`ready ${cloud.origin}`);
  // Who asks for a page meanwhile waits for it, and is told where it fails; Ctrl-C, which ends esbuild too, waits for nothing.
  cloud.loadConsole().catch(() => undefined);
  await stopped;
  await cloud.stop();
  return 0;
}
