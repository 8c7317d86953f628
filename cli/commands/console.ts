import { randomBytes } from 'node:crypto';
import { createConsole } from '../../console/console.ts';
import { createConsoleServer } from '../../console/serve.ts';
import { serve } from '../../local/serve.ts';
import { bucketsOf, domainId, machineArn, s3Client, stepFunctionsClient, voiceIdClient } from '../clients.ts';
import { COMMON_HELP, clientOptions, common, domainOption, isLocal, parse, portOf } from '../options.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- console [--port N] [--endpoint-url aws] [OPTIONS]

Serves the web console on this machine alone, until Ctrl-C, and prints its link: uploads, runs, their outcomes, voices,
recordings, thresholds. It asks with your own credentials, through the same clients as the commands; nothing is deployed. The
local cloud (npm start) has it already, at /_console/.

  --port N             of 127.0.0.1 (4580); 0: any free one
  --domain-id ID       another domain than the one named vivavoce
  --manifests BUCKET   on AWS the stack's outputs ManifestsBucketName,
  --results BUCKET       ResultsBucketName
  --recordings BUCKET    and RecordingsBucketName; its StateMachineArn is the setting STATE_MACHINE_ARN:
                         without it jobs are shown, and no upload that came to none
${COMMON_HELP}
`;

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    ...common,
    port: { type: 'string', default: '4580' },
    'domain-id': { type: 'string' },
    manifests: { type: 'string' },
    results: { type: 'string' },
    recordings: { type: 'string' },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const port = portOf(values.port);
  const given = domainOption(values['domain-id']);
  const voiceId = voiceIdClient(values);
  const { region } = clientOptions(values);
  let domain: Promise<string> | undefined;
  const console = createConsole(
    {
      voiceId,
      s3: s3Client(values),
      stepFunctions: stepFunctionsClient(values),
      place: isLocal(values) ? 'local cloud' : (region ?? (await voiceId.config.region())),
      domainId: () => {
        domain ??= domainId(voiceId, given).catch((error: unknown) => {
          domain = undefined;
          throw error;
        });
        return domain;
      },
      stateMachineArn: () => machineArn(values),
      buckets: () => bucketsOf(values),
      now: () => new Date(),
    },
    randomBytes(24).toString('base64url'),
  );
  const stopped = new Promise((resolve) => {
    process.once('SIGINT', resolve);
    process.once('SIGTERM', resolve);
  });
  const { value: origin, stop } = await serve(createConsoleServer(console), '127.0.0.1', port);
  const link = console.link(origin);
  print(values.json ? JSON.stringify({ link }) : `console ${link}`);
  await console.load();
  await stopped;
  console.close();
  await stop?.();
  return 0;
}
