import { UsageError } from '../../clients/errors.ts';
import { formed, parse } from '../options.ts';
import { clientsIn, preflight } from '../preflight/checks.ts';
import { readStage } from '../preflight/stage.ts';
import { print } from '../terminal.ts';

const HELP = `npm run vivavoce -- preflight --stage NAME [--region REGION] [--json]

Looks with your own AWS credentials for what would make the deployment of infra/stages/NAME.yml fail, or what it deploys:
account and region, concurrent executions, your key's policy, your recordings bucket, your secret, the state of the stack that
is there, and what would change of its parameters. It only reads. Exit code 1 if there is a problem.

  --stage NAME         of infra/stages/NAME.yml
  --region REGION      another region than the file's
  --json               machine-readable output
  --help               this text

What it may not look at, it says. It asks for: sts:GetCallerIdentity, lambda:GetAccountSettings, kms:DescribeKey,
kms:GetKeyPolicy, s3:ListBucket, secretsmanager:DescribeSecret, cloudformation:DescribeStacks.
`;

const MARKS = { ok: 'ok     ', warning: 'warning', problem: 'PROBLEM' };

export async function run(argv: string[]): Promise<number> {
  const { values } = parse(argv, {
    stage: { type: 'string' },
    region: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.stage === undefined) throw new UsageError('Found no --stage, expected the name of one in infra/stages.');
  formed('stage', values.stage, /^[a-zA-Z0-9-]+$/, 'letters, digits and -');
  const read = await readStage(values.stage);
  const stage = { ...read, region: values.region ?? read.region };
  const findings = await preflight({ stage, clients: clientsIn(stage.region) });
  const problems = findings.filter(({ level }) => level === 'problem').length;
  if (values.json) print(JSON.stringify(findings));
  else {
    for (const { level, what, message } of findings) print(`${MARKS[level]}  ${what.padEnd(11)}  ${message}`);
    print(problems === 0 ? `\nnpx osls deploy --stage ${stage.name}` : `\n${problems} to mend before the deployment.`);
  }
  return problems === 0 ? 0 : 1;
}
