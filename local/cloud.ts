import { resolve } from 'node:path';
import { type AccessKey, type EngineSettings, readSettings } from '../engine/settings.ts';
import { createVoiceprintPool } from '../engine/voiceprint/pool.ts';
import type { VoiceprintPool } from '../engine/voiceprint/pool-of.ts';
import * as account from './account.ts';
import { type DataDirectory, openDataDirectory } from './data-directory.ts';
import { createParts, type Part } from './parts.ts';

export { StartError } from './start-error.ts';

export interface CloudOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  dataDir: string;
  /** Settings of the functions and of the engine; what is not set has the local default. */
  env: NodeJS.ProcessEnv;
  /** Where the engine's and the functions' log lines go; nowhere if not given. */
  log?: ((line: string) => void) | undefined;
}

export interface Cloud {
  origin: string;
  domainId: string;
  accessKey: AccessKey;
  /** Opens the web console. */
  consoleLink: string;
  /** Loads the console's pages, so that the first does not wait for them. */
  loadConsole(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * One process that stands for S3, SQS, DynamoDB, EventBridge, Step Functions, Lambda and Voice ID, and runs the very
 * handlers, state machine and engine that are deployed. Started again on the same directory it goes on where it was.
 * @throws StartError where the address or the directory is taken, SettingsError where a setting is malformed.
 */
export async function startCloud({ dataDir, log = () => undefined, ...options }: CloudOptions): Promise<Cloud> {
  const parts = createParts();
  try {
    const directory = await parts.start('data directory', openDataDirectory(resolve(dataDir), log));
    const settings = engineSettings(directory, options.env);
    // It takes as long as all others together, on a thread of its own: the others are imported and started meanwhile.
    const model = parts.start('speaker model', startModel(settings));
    model.catch(() => undefined);
    const { startParts } = await import('./start-parts.ts');
    return await startParts(parts, { ...options, directory, settings, model, log });
  } catch (error) {
    await parts.stop();
    throw error;
  }
}

/** The engine's, as far as the local cloud lets them be chosen. @throws SettingsError */
function engineSettings({ encryptionKey, modelDirectory }: DataDirectory, env: NodeJS.ProcessEnv): EngineSettings {
  const { accessKeyId, secretAccessKey } = account.ACCESS_KEY;
  const settings = readSettings({
    AWS_REGION: account.REGION,
    VIVAVOCE_ACCOUNT_ID: account.ACCOUNT,
    VIVAVOCE_TABLE: account.TABLE,
    VIVAVOCE_ENCRYPTION_KEY: encryptionKey,
    VIVAVOCE_CREDENTIALS: env.VIVAVOCE_CREDENTIALS || `${accessKeyId}:${secretAccessKey}`,
    VIVAVOCE_WORKERS: env.VIVAVOCE_WORKERS,
    VIVAVOCE_SAME_VOICE: env.VIVAVOCE_SAME_VOICE,
  });
  return { ...settings, modelDirectory };
}

/** @throws ModelError */
async function startModel(settings: EngineSettings): Promise<Part<VoiceprintPool>> {
  const pool = await createVoiceprintPool(settings);
  return { value: pool, stop: () => pool.close() };
}
