import { readDescription } from '../voiceprint/model.ts';
import type { VoiceprintPool } from '../voiceprint/pool-of.ts';

/**
 * For functions that only need to know which model is in use: they load neither the native addon nor a
 * worker, and their packages hold no weights.
 * @throws ModelError
 */
export async function modelWithoutEars(modelDirectory: string | undefined): Promise<VoiceprintPool> {
  const deaf = () => {
    throw new Error('This function listens to no recordings.');
  };
  const model = await readDescription(modelDirectory);
  return { model, width: 1, extract: deaf, examine: deaf, close: async () => undefined };
}
