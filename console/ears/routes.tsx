import { type Context, Hono } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { Child, FC } from 'hono/jsx';
import { z } from 'zod';
import { type Examined, examine, type Sound } from '../../clients/ears/examine.ts';
import { holdAgainst } from '../../clients/ears/hold-against.ts';
import { readRecording } from '../../clients/ears/read-recording.ts';
import { CommandError } from '../../clients/errors.ts';
import { locationOf } from '../../clients/s3-uri.ts';
import { askThresholds } from '../../clients/thresholds/ask.ts';
import type { Env } from '../env.ts';
import { Page } from '../layout/page.tsx';
import type { Operator } from '../operator.ts';
import { type Asked, EarsForm } from './form.tsx';
import { Heard } from './heard.tsx';
import type { Held } from './held-against.tsx';

/** Bytes of a form: the longest recording that the engine takes, 20 MB, and what is around it. */
const MOST_BYTES = 21 * 1024 * 1024;
const formSchema = z.object({
  file: z.instanceof(File).optional(),
  recording: z.string().trim().default(''),
  channel: z.enum(['0', '1']).default('0'),
  speakerId: z.string().trim().default(''),
});

const NOTHING: Asked = { recording: '', channel: '0', speakerId: '' };

/** A speaker's page leads here with the generated id, which addresses can hold without its `id#`. */
const spokenBy = z
  .string()
  .regex(/^[a-zA-Z0-9]{22}$/)
  .transform((short) => `id#${short}`)
  .catch('');

const EarsPage: FC<{ place: string; asked: Asked; children?: Child }> = ({ place, asked, children }) => (
  <Page title="Listen" section="ears" place={place}>
    <p>
      A recording as enrolling hears it: what counts as speech, how good it is, and why it would be refused. The
      recording is not kept.
    </p>
    <EarsForm asked={asked} />
    <div id="heard" class="heard">
      {children ?? <div role="status" />}
    </div>
  </Page>
);

const Trouble: FC<{ children?: Child }> = ({ children }) => (
  <p class="notice bad" role="alert">
    {children}
  </p>
);

const tooLarge = (c: Context<Env>) =>
  c.html(
    <EarsPage place={c.get('operator').place} asked={NOTHING}>
      <Trouble>
        The file is larger than the 20 MB that can be sent. Put it into a bucket and name it by its s3:// URI: it is
        read there as far as it has to be.
      </Trouble>
    </EarsPage>,
    413,
  );

/** @returns undefined where there is none, or two. */
async function soundOf({ file, recording }: z.infer<typeof formSchema>): Promise<Sound | undefined> {
  const isFile = file !== undefined && file.size > 0;
  if (isFile) return recording === '' ? { file: new Uint8Array(await file.arrayBuffer()), name: file.name } : undefined;
  return locationOf(recording) && { s3Uri: recording };
}

async function heldAgainst(
  { voiceId, domainId }: Operator,
  examined: Examined,
  asked: { sound: Sound; channelId: number; speakerId: string },
): Promise<Held | undefined> {
  if (asked.speakerId === '' || examined.format === null) return undefined;
  try {
    const domain = await domainId();
    const judged = await holdAgainst(voiceId, domain, asked);
    return { ...judged, thresholds: await askThresholds(voiceId, domain) };
  } catch (error) {
    if (error instanceof CommandError) return { trouble: error.message };
    throw error;
  }
}

/** One recording looked at. All that names it or a caller comes in a form's body: no address has it. */
export const earsRoutes = new Hono<Env>()
  .get('/', (c) => {
    const asked = { ...NOTHING, speakerId: spokenBy.parse(c.req.query('speaker')) };
    return c.html(<EarsPage place={c.get('operator').place} asked={asked} />);
  })
  .post('/', bodyLimit({ maxSize: MOST_BYTES, onError: tooLarge }), async (c) => {
    const operator = c.get('operator');
    const { place, voiceId } = operator;
    const form = formSchema.safeParse(await c.req.parseBody());
    if (!form.success) {
      return c.html(
        <EarsPage place={place} asked={NOTHING}>
          <Trouble>Found another form than this page has. Load the page again.</Trouble>
        </EarsPage>,
        400,
      );
    }
    const { recording, channel, speakerId } = form.data;
    const asked: Asked = { recording, channel, speakerId };
    const sound = await soundOf(form.data);
    if (sound === undefined) {
      return c.html(
        <EarsPage place={place} asked={asked}>
          <Trouble>Give one recording: a WAV file, or where one is in S3, as s3://BUCKET/KEY.</Trouble>
        </EarsPage>,
        400,
      );
    }
    try {
      const channelId = Number(channel);
      const examined = await examine(voiceId, sound, channelId);
      const held = await heldAgainst(operator, examined, { sound, channelId, speakerId });
      return c.html(
        <EarsPage place={place} asked={asked}>
          <Heard examined={examined} held={held} />
        </EarsPage>,
      );
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      return c.html(
        <EarsPage place={place} asked={asked}>
          <Trouble>{error.message}</Trouble>
        </EarsPage>,
        400,
      );
    }
  })
  // What is in S3 is played in the page, too: as a form's answer, for its key may name a caller.
  .post('/sound', async (c) => {
    const form = formSchema.safeParse(await c.req.parseBody());
    if (!form.success) return c.text('Found no recording in the form.', 400);
    const bytes = await readRecording(form.data.recording, c.get('operator').s3);
    return c.body(bytes, 200, { 'content-type': 'audio/wav' });
  });
