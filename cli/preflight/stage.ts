import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';
import { CommandError } from '../../clients/errors.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const value = z.union([z.string(), z.number()]).transform(String);

export interface Stage {
  name: string;
  region: string;
  /** As in infra/defaults.yml, with what the stage's file sets. */
  parameters: Record<string, string>;
}

/** `infra/stages/NAME.yml` over `infra/defaults.yml`, as `infra/stage.cjs` has it. @throws CommandError */
export async function readStage(name: string, infra = join(root, 'infra')): Promise<Stage> {
  const read = async (file: string) => {
    const text = await readFile(join(infra, file), 'utf8').catch(() => {
      throw new CommandError(`There is no infra/${file}, which says what this stage is: copy infra/stages/dev.yml.`);
    });
    const parsed = z.record(z.string(), value).safeParse(parse(text) ?? {});
    if (parsed.success) return parsed.data;
    throw new CommandError(`infra/${file} is malformed: expected a list of name: value.`);
  };
  const defaults = await read('defaults.yml');
  const { region = 'us-east-1', ...own } = await read(`stages/${name}.yml`);
  const unknown = Object.keys(own).filter((each) => !Object.hasOwn(defaults, each));
  if (unknown.length > 0) {
    throw new CommandError(
      `infra/stages/${name}.yml sets ${unknown.join(', ')}, expected region and names in infra/defaults.yml.`,
    );
  }
  return { name, region, parameters: { ...defaults, ...own } };
}
