import * as z from 'zod';
import { FlowEventError } from './errors.ts';

/** A setting of the flow's block; Amazon Connect sends every value as text, and an empty one for what is not set. */
const optional = <T extends z.ZodType>(schema: T) =>
  z.preprocess((value) => (value === '' || value === null ? undefined : value), schema.optional());

const whole = (low: number, high: number) =>
  z
    .string()
    .regex(/^\d+$/)
    .transform(Number)
    .refine((value) => value >= low && value <= high);

/** A CustomerSpeakerId or a GeneratedSpeakerId. */
const speakerId = z.string().regex(/^([a-zA-Z0-9][a-zA-Z0-9_-]{0,255}|id#[a-zA-Z0-9]{22})$/);
const flag = z.string().transform((value) => value.toLowerCase() === 'true');

const parameters = {
  speakerId: optional(speakerId),
  acceptanceThreshold: optional(whole(0, 100)),
  riskThreshold: optional(whole(0, 100)),
  watchlistId: optional(z.string().regex(/^[a-zA-Z0-9]{22}$/)),
  netSpeechSeconds: optional(whole(5, 30)),
  fraudDetection: optional(flag),
  enrollmentConsent: optional(flag),
  waitSeconds: optional(whole(0, 6)),
  oldestSeconds: optional(whole(1, 86_400)),
};
const EXPECTED: Record<keyof typeof parameters, string> = {
  speakerId: 'a speaker id: 1 to 256 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit',
  acceptanceThreshold: 'a whole number from 0 to 100',
  riskThreshold: 'a whole number from 0 to 100',
  watchlistId: 'a watchlist id: 22 letters and digits',
  netSpeechSeconds: 'a whole number from 5 to 30',
  fraudDetection: 'true or false',
  enrollmentConsent: 'true or false',
  waitSeconds: 'a whole number from 0 to 6',
  oldestSeconds: 'a whole number of seconds, at least 1',
};

const text = optional(z.string());
const eventSchema = z.object({
  Name: z.literal('ContactFlowEvent'),
  Details: z.object({
    ContactData: z.looseObject({
      // A session's name in the engine has 36 characters at most, which is what a contact id has.
      ContactId: z.string().regex(/^[a-zA-Z0-9][a-zA-Z0-9_-]{0,35}$/),
      CustomerId: text,
      Attributes: z.looseObject({ enrollmentConsent: text }).nullish(),
      MediaStreams: z
        .looseObject({
          Customer: z
            .looseObject({
              Audio: z.looseObject({ StreamARN: text, StartFragmentNumber: text }).nullish(),
            })
            .nullish(),
        })
        .nullish(),
    }),
    Parameters: z.record(z.string(), z.unknown()).nullish(),
  }),
});

const parametersSchema = z.object(parameters);
export type BlockParameters = z.infer<typeof parametersSchema>;

/** What a flow tells when it invokes a function. */
export interface FlowCall {
  contactId: string;
  /** Where its live media stream is, once the flow has started it. */
  stream: { arn: string; startFragment: string } | undefined;
  /** The block's parameters; the speaker is the contact's customer id where the block names none. */
  parameters: BlockParameters;
}

export const isFlowEvent = (event: unknown): boolean => z.object({ Name: z.string() }).safeParse(event).success;

/**
 * @throws FlowEventError with the block's parameters that are malformed, or where the event is no flow's. Values are not
 * quoted: one of them is the speaker's id.
 */
export function readFlowEvent(event: unknown): FlowCall {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) {
    const where = parsed.error.issues.map(({ path }) => path.join('.') || 'the event').join(', ');
    throw new FlowEventError(`Found no event of an Amazon Connect flow: ${where} is missing or malformed.`);
  }
  const { ContactData, Parameters } = parsed.data.Details;
  const { ContactId, CustomerId, Attributes } = ContactData;
  const given = { ...Parameters };
  given.speakerId ||= CustomerId;
  given.enrollmentConsent ||= Attributes?.enrollmentConsent;
  const checked = parametersSchema.safeParse(given);
  if (!checked.success) {
    const names = new Set(checked.error.issues.map(({ path }) => String(path[0])));
    const problems = Object.entries(EXPECTED).filter(([name]) => names.has(name));
    const said = problems.map(([name, expected]) => `${name} is malformed, expected ${expected}`).join('; ');
    throw new FlowEventError(`The block's parameters: ${said}.`);
  }
  const audio = ContactData.MediaStreams?.Customer?.Audio;
  const { StreamARN, StartFragmentNumber } = audio ?? {};
  return {
    contactId: ContactId,
    stream:
      StreamARN === undefined || StartFragmentNumber === undefined
        ? undefined
        : { arn: StreamARN, startFragment: StartFragmentNumber },
    parameters: checked.data,
  };
}
