import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { EventBridgeClient } from '@aws-sdk/client-eventbridge';
import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { SFNClient } from '@aws-sdk/client-sfn';
import { STSClient } from '@aws-sdk/client-sts';
import type { EngineDeps } from '../deps.ts';
import { assumeDataAccess } from '../jobs/data-access.ts';
import { jsonLogger } from '../logger.ts';
import { PATIENCE } from '../patience.ts';
import { readSettings } from '../settings.ts';
import type { VoiceprintPool } from '../voiceprint/pool-of.ts';
import { lambdaDeps } from './deps.ts';
import { modelWithoutEars } from './model-without-ears.ts';
import { readSecrets } from './secrets.ts';
import { startNextJob } from './start-next-job.ts';

const dynamoDb = new DynamoDBClient({ requestHandler: PATIENCE });
const events = new EventBridgeClient({ requestHandler: PATIENCE });
const secrets = new SecretsManagerClient({ requestHandler: PATIENCE });
export const stepFunctions = new SFNClient({ requestHandler: PATIENCE });

/** Milliseconds after which secrets are read again: a rotated access key takes over without a deployment. */
const SECRETS_KEPT = 300_000;

/** `make`, made again when it is five minutes old. One that failed is not kept. */
export function renewed<T>(make: () => Promise<T>, now: () => number = Date.now): () => Promise<T> {
  let made: { value: Promise<T>; at: number } | undefined;
  return () => {
    if (made === undefined || now() - made.at > SECRETS_KEPT) {
      const value = make();
      made = { value, at: now() };
      value.catch(() => {
        made = undefined;
      });
    }
    return made.value;
  };
}

interface Common {
  CREDENTIALS_SECRET_ARN: string;
  ENCRYPTION_KEY_SECRET_ARN: string;
  EVENT_BUS_NAME: string;
  METRICS_NAMESPACE: string;
}

/** The engine's own dependencies on Lambda. @param pool made once; without, a model that is known but not listened with. */
export async function wire(
  settings: Common,
  env: NodeJS.ProcessEnv,
  pool?: VoiceprintPool,
  wake?: EngineDeps['wake'],
): Promise<EngineDeps> {
  const engine = readSettings({ ...env, ...(await readSecrets(settings, secrets)) });
  const write = (line: string) => process.stdout.write(line);
  return lambdaDeps({
    settings: engine,
    dynamoDb,
    events,
    eventBusName: settings.EVENT_BUS_NAME,
    pool: pool ?? (await modelWithoutEars(engine.modelDirectory)),
    logger: jsonLogger(write),
    write,
    namespace: settings.METRICS_NAMESPACE,
    now: Date.now,
    ...(wake !== undefined && { wake }),
  });
}

/** What a job's states need on top: to act as its data-access role. */
export function wireJob(deps: EngineDeps, settings: { EXTERNAL_ID: string }): EngineDeps {
  const sts = new STSClient({ requestHandler: PATIENCE });
  return { ...deps, access: (job, reach) => assumeDataAccess(job, reach, { sts, externalId: settings.EXTERNAL_ID }) };
}

/** What those states need that begin or end a job: to start the domain's next one. */
export function wireStart(deps: EngineDeps, settings: { JOB_STATE_MACHINE_ARN: string }): EngineDeps {
  const { JOB_STATE_MACHINE_ARN: stateMachineArn } = settings;
  return {
    ...deps,
    wake: (kind, domainId) => startNextJob(kind, domainId, { store: deps.store, stepFunctions, stateMachineArn }),
  };
}
