import type { FC } from 'hono/jsx';
import { at } from '../layout/page.tsx';

/** What was asked, and is asked again; the file stays with the browser. */
export interface Asked {
  recording: string;
  channel: '0' | '1';
  speakerId: string;
}

/** Asks for a recording, and for whom to hold it against. */
export const EarsForm: FC<{ asked: Asked }> = ({ asked }) => (
  <form class="ears" method="post" action={at('ears')} enctype="multipart/form-data" data-swap="heard" data-ears>
    <fieldset class="drop" data-ears-drop>
      <legend>Recording</legend>
      <div>
        <label for="file">A WAV file, chosen or dropped here</label>
        <input
          id="file"
          name="file"
          type="file"
          accept=".wav,audio/wav,audio/x-wav"
          aria-describedby="forms"
          data-most={String(20 * 1024 * 1024)}
        />
        <p id="forms" class="dull">
          PCM-16, mu-law or A-law, 8 to 48 kHz, one or two channels; up to 20 MB, 4 MB where the engine is on Lambda
        </p>
      </div>
      <div>
        <label for="recording">Or where it is in S3</label>
        <input
          id="recording"
          name="recording"
          value={asked.recording}
          placeholder="s3://bucket/folder/call.wav"
          autocomplete="off"
          spellcheck={false}
        />
      </div>
    </fieldset>
    <div class="asks">
      <fieldset>
        <legend>Channel of the caller</legend>
        {(['0', '1'] as const).map((channel) => (
          <label class="choice">
            <input type="radio" name="channel" value={channel} checked={asked.channel === channel} />
            {channel === '0' ? '0, the first or only one' : '1, the second'}
          </label>
        ))}
      </fieldset>
      <div>
        <label for="speakerId">Hold it against an enrolled caller (optional)</label>
        <input
          id="speakerId"
          name="speakerId"
          value={asked.speakerId}
          placeholder="their speaker id"
          aria-describedby="kept"
          autocomplete="off"
          spellcheck={false}
        />
        <p id="kept" class="dull">
          As a call is: the voice that was heard, not the audio, stays in the engine for an hour, encrypted.
        </p>
      </div>
      <button class="first" type="submit">
        Listen
      </button>
    </div>
  </form>
);
