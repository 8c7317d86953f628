/** The command line: `npm run vivavoce -- COMMAND`; also behind `npm start`, `npm run demo`, `model` and `evaluate`. */
import { UsageError } from '../clients/errors.ts';
import { explain } from '../clients/explain.ts';

type Run = (argv: string[]) => Promise<number>;

const commands: Record<string, { summary: string; load: () => Promise<{ run: Run }> }> = {
  start: { summary: 'the local cloud, until Ctrl-C', load: () => import('./commands/start.ts') },
  console: { summary: 'the web console, on this machine alone', load: () => import('./commands/console.ts') },
  demo: {
    summary: 'the main job, end to end, on synthetic callers or your recordings',
    load: () => import('./commands/demo.ts'),
  },
  call: {
    summary: 'play a call through the live way, and see the verdict change',
    load: () => import('./commands/call.ts'),
  },
  manifest: {
    summary: 'a manifest from a list: CSV, or recordings in a bucket',
    load: () => import('./commands/manifest.ts'),
  },
  drop: { summary: 'upload manifests, and wait for their endings', load: () => import('./commands/drop.ts') },
  jobs: { summary: 'enrollment jobs, newest first', load: () => import('./commands/jobs.ts') },
  job: { summary: 'one job', load: () => import('./commands/job.ts') },
  report: { summary: "a job's outcome, request by request", load: () => import('./commands/report.ts') },
  speakers: {
    summary: 'enrolled speakers; --stale: those of another model',
    load: () => import('./commands/speakers.ts'),
  },
  erase: {
    summary: 'erase a person: voiceprint, recordings, manifests, results',
    load: () => import('./commands/erase.ts'),
  },
  fraudsters: {
    summary: 'fraudsters; --stale: those of another model, which no voice is held against',
    load: () => import('./commands/fraudsters.ts'),
  },
  thresholds: {
    summary: "what the scores 90 and 20 mean among a domain's own callers",
    load: () => import('./commands/thresholds.ts'),
  },
  events: { summary: 'endings of uploads; --follow: as they come', load: () => import('./commands/events.ts') },
  hear: {
    summary: 'a recording as enrolling hears it, and why it would be refused',
    load: () => import('./commands/hear.ts'),
  },
  verify: { summary: 'is it them? a recording against a speaker', load: () => import('./commands/verify.ts') },
  redrive: { summary: 'deliver what is in the dead-letter queue again', load: () => import('./commands/redrive.ts') },
  preflight: {
    summary: 'what would make a deployment fail, and what to do; only reads',
    load: () => import('./commands/preflight.ts'),
  },
  model: { summary: 'install a published speaker model', load: () => import('./commands/model.ts') },
  evaluate: {
    summary: 'error rates of the model on recordings of your own',
    load: () => import('./commands/evaluate.ts'),
  },
};

const HELP = `npm run vivavoce -- COMMAND [OPTIONS]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(10)} ${summary}`)
  .join('\n')}

Each command explains itself with --help. Against the local cloud (npm start) nothing needs to be set, and nothing that is
set for AWS is used; --endpoint-url aws takes region and credentials as the AWS CLI does.
`;

async function main([name, ...argv]: string[]): Promise<number> {
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    process.stdout.write(HELP);
    return name === undefined ? 2 : 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (command === undefined) {
    process.stderr.write(`There is no command '${name}'.\n\n${HELP}`);
    return 2;
  }
  try {
    return await (await command.load()).run(argv);
  } catch (error) {
    if (error instanceof UsageError) {
      process.stderr.write(`${error.message}\nnpm run vivavoce -- ${name} --help explains the command.\n`);
      return 2;
    }
    process.stderr.write(`${explain(error)}\n`);
    if (process.env.VIVAVOCE_TRACE === '1' && error instanceof Error) process.stderr.write(`${error.stack}\n`);
    return 1;
  }
}

// A reader that has seen enough (`| head`) closes the pipe: no error of ours.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(0);
  throw error;
});

process.exitCode = await main(process.argv.slice(2));
