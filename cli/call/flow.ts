import { InvokeCommand, type LambdaClient } from '@aws-sdk/client-lambda';
import { z } from 'zod';
import { CommandError } from '../../clients/errors.ts';
import type { Line } from './line.ts';

/** What a flow says in the blocks that invoke the functions, as contact attributes and parameters. */
export interface Flow {
  speakerId: string;
  enrollmentConsent?: boolean | undefined;
  parameters?: Readonly<Record<string, string>> | undefined;
}

const checkSchema = z.object({
  enrollmentStatus: z.string(),
  authentication: z.string(),
  authenticationScore: z.string(),
  fraud: z.string(),
  fraudScore: z.string(),
  streaming: z.string(),
  secondsSinceSpeech: z.string(),
});
export type Check = z.infer<typeof checkSchema>;

/** The event with which Amazon Connect invokes a flow's function. */
function eventOf({ contactId, streamArn, startFragment }: Line, flow: Flow): object {
  return {
    Name: 'ContactFlowEvent',
    Details: {
      ContactData: {
        Attributes: flow.enrollmentConsent === true ? { enrollmentConsent: 'true' } : {},
        Channel: 'VOICE',
        ContactId: contactId,
        CustomerId: flow.speakerId,
        InitialContactId: contactId,
        InitiationMethod: 'INBOUND',
        InstanceARN: 'arn:aws:connect:us-east-1:000000000000:instance/00000000-0000-0000-0000-000000000000',
        MediaStreams: { Customer: { Audio: { StreamARN: streamArn, StartFragmentNumber: startFragment } } },
      },
      Parameters: flow.parameters ?? {},
    },
  };
}

async function invoke(lambda: LambdaClient, FunctionName: string, event: object): Promise<unknown> {
  const { Payload, FunctionError } = await lambda.send(
    new InvokeCommand({ FunctionName, Payload: JSON.stringify(event) }),
  );
  const answer: unknown = JSON.parse(Buffer.from(Payload ?? []).toString('utf8') || 'null');
  if (FunctionError === undefined) return answer;
  const { errorMessage } = z.object({ errorMessage: z.string().default('') }).parse(answer);
  throw new CommandError(`${FunctionName} failed: ${errorMessage}`);
}

/** The flow's block after media streaming has started. */
export async function listenToCall(lambda: LambdaClient, line: Line, flow: Flow): Promise<void> {
  await invoke(lambda, 'listen-to-call', eventOf(line, flow));
}

/** The flow's block that asks who is on the line. */
export async function checkCaller(lambda: LambdaClient, line: Line, flow: Flow): Promise<Check> {
  return checkSchema.parse(await invoke(lambda, 'check-caller', eventOf(line, flow)));
}
