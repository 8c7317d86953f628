/**
 * Draws the state machines into `docs/state-machine.md`, from their files: `node infra/state-machine-picture.ts`.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';

const PAGE = new URL('../docs/state-machine.md', import.meta.url);
const MACHINES = ['enrollment', 'enrollment-job'];

const choiceSchema = z.object({
  Variable: z.string(),
  IsPresent: z.boolean().optional(),
  StringEquals: z.string().optional(),
  Next: z.string(),
});
const stateSchema = z.object({
  Type: z.string(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  End: z.boolean().optional(),
  Choices: z.array(choiceSchema).default([]),
  Catch: z.array(z.object({ Next: z.string() })).default([]),
  Retry: z.array(z.unknown()).default([]),
  ItemProcessor: z.object({ States: z.record(z.string(), z.unknown()) }).optional(),
});
const machineSchema = z.object({ StartAt: z.string(), States: z.record(z.string(), stateSchema) });
type State = z.infer<typeof stateSchema>;

const idOf = (name: string) => name.replace(/\W/g, '_');

/** A box for what is done, a diamond for a question, a rounded one for a wait, a slanted one for what only moves data. */
function node(name: string, { Type, ItemProcessor }: State): string {
  const text =
    ItemProcessor === undefined ? name : `${name}: ${Object.keys(ItemProcessor.States).join(', ')}, for each`;
  const [open, close] = { Choice: ['{', '}'], Wait: ['([', '])'], Pass: ['[/', '/]'], Map: ['[[', ']]'] }[Type] ?? [
    '[',
    ']',
  ];
  return `${idOf(name)}${open}"${text}"${close}`;
}

function conditionOf({ Variable, IsPresent, StringEquals }: z.infer<typeof choiceSchema>): string {
  const what = Variable.replace('$.', '');
  if (StringEquals !== undefined) return `${what} = ${StringEquals}`;
  if (IsPresent !== undefined) return `${IsPresent ? '' : 'no '}${what}`;
  throw new Error(`The picture knows no other test of ${Variable}.`);
}

function arrows(name: string, state: State): string[] {
  const from = idOf(name);
  return [
    ...state.Choices.map((choice) => `${from} -- "${conditionOf(choice)}" --> ${idOf(choice.Next)}`),
    ...(state.Default === undefined ? [] : [`${from} -- else --> ${idOf(state.Default)}`]),
    ...(state.Next === undefined ? [] : [`${from} --> ${idOf(state.Next)}`]),
    ...state.Catch.filter(({ Next }) => Next !== state.Next).map(({ Next }) => `${from} -. fails .-> ${idOf(Next)}`),
    ...(state.End === true || state.Type === 'Succeed' ? [`${from} --> end_([end])`] : []),
  ];
}

/** The mermaid flowchart of a state machine, from its Amazon States Language. */
export function drawStateMachine(asl: string): string {
  const { StartAt, States } = machineSchema.parse(JSON.parse(asl));
  const states = Object.entries(States);
  const lines = [
    `start_([start]) --> ${idOf(StartAt)}`,
    ...states.map(([name, state]) => node(name, state)),
    ...states.flatMap(([name, state]) => arrows(name, state)),
  ];
  return ['```mermaid', 'flowchart TD', ...lines.map((line) => `  ${line}`), '```'].join('\n');
}

/** `docs/state-machine.md` with its pictures as the files have it now: each after the remark that names its file. */
export async function drawPage(): Promise<string> {
  let page = await readFile(PAGE, 'utf8');
  for (const name of MACHINES) {
    const asl = await readFile(new URL(`../statemachine/${name}.asl.json`, import.meta.url), 'utf8');
    const mark = `<!-- statemachine/${name}.asl.json -->\n`;
    const at = page.indexOf(mark);
    if (at < 0) throw new Error(`docs/state-machine.md has no ${mark.trim()}.`);
    const rest = page.slice(at + mark.length);
    // What stood there before, if anything did.
    const after = rest.replace(/^```mermaid\n[\s\S]*?\n```\n/, '');
    page = `${page.slice(0, at + mark.length)}${drawStateMachine(asl)}\n${after}`;
  }
  return page;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(PAGE, await drawPage());
