import { mkdir, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { UsageError } from '../../clients/errors.ts';
import { VoiceActivity } from '../../engine/audio/voice-activity.ts';
import { Extractor } from '../../engine/voiceprint/extractor.ts';
import { calibrationOf } from '../evaluate/calibrate.ts';
import { embedSpeakers } from '../evaluate/embed-speakers.ts';
import { evaluate } from '../evaluate/evaluate.ts';
import { findSpeakers } from '../evaluate/find-speakers.ts';
import { calibrationPlot, detPlot, distributionPlot } from '../evaluate/plots.ts';
import { report } from '../evaluate/report.ts';
import { saveCalibration } from '../evaluate/save-calibration.ts';
import { decidedOf } from '../evaluate/trials.ts';
import { directoryInUse, modelAt } from '../model/installed.ts';
import { parse } from '../options.ts';
import { progressLine } from '../progress.ts';
import { print } from '../terminal.ts';

const HELP = `npm run evaluate -- DIR [--model FILE] [--json] [--calibrate] [--plots DIR]
                    [--embeddings FILE] [--data-dir .vivavoce]

Measures how often the speaker model is wrong on recordings of yours. DIR holds a folder per speaker with WAV files in
it (PCM-16, 8 or 16 kHz), each a recording of that person alone. A handful of speakers gives a first impression; fifty
with ten recordings each say something about one error in a hundred.

  --model FILE         another model than the one in use: an .onnx file, or a directory with model.onnx and model.json
  --calibrate          writes the model's calibration: what similarity the scores 90 and 20 stand for
  --plots DIR          writes det.svg, similarities.svg and calibration.svg there
  --embeddings FILE    writes each recording's embedding as JSON: as personal as a voiceprint, so delete it after use
  --data-dir DIR       where the installed model is (.vivavoce)
  --json               machine-readable output; rates are fractions of 1
  --help               this text

Equal error rate: where as many strangers are accepted as speakers are rejected. The confidence is a bootstrap over
speakers. A score depends on who else is enrolled: here the folder's other speakers are, less the two that are compared;
beside that stands what it would be with nobody else. Never calibrate on the recordings that you then quote error rates on.
`;

export async function run(argv: string[]): Promise<number> {
  const { values, positionals } = parse(
    argv,
    {
      model: { type: 'string' },
      calibrate: { type: 'boolean', default: false },
      plots: { type: 'string' },
      embeddings: { type: 'string' },
      'data-dir': { type: 'string', default: '.vivavoce' },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
    true,
  );
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const [directory, extra] = positionals;
  if (directory === undefined || extra !== undefined) {
    throw new UsageError(`Found ${positionals.length} directories, expected one with a folder per speaker.`);
  }
  const dataDir = values['data-dir'];
  const speakers = await findSpeakers(directory);
  const model = await modelAt(values.model ?? directoryInUse(dataDir));
  const extractor = new Extractor(model);
  extractor.prove();
  const line = progressLine('listening');
  const embedded = await embedSpeakers(speakers, {
    activity: new VoiceActivity(),
    extractor,
    progress: (done, all) => line.show(`${done} of ${all} recordings`),
  });
  line.end();
  if (values.embeddings !== undefined) {
    const rows = embedded.utterances.map(({ speaker, file, netSpeechSeconds, embedding }) => ({
      speaker: speakers[speaker]?.name,
      file: relative(directory, file),
      netSpeechSeconds,
      embedding: [...embedding],
    }));
    await writeFile(values.embeddings, `${JSON.stringify(rows)}\n`, { mode: 0o600 });
  }

  const options = { model: model.id, speakers: speakers.length };
  let { calibration } = model;
  let written: string | undefined;
  if (values.calibrate) {
    calibration = calibrationOf(embedded.utterances);
    written = await saveCalibration(model, calibration, dataDir);
  }
  const { evaluation, trials } = evaluate(embedded, { ...options, calibration });
  if (values.plots !== undefined) {
    const decided = decidedOf(trials);
    await mkdir(values.plots, { recursive: true });
    await writeFile(join(values.plots, 'det.svg'), detPlot(trials));
    await writeFile(join(values.plots, 'similarities.svg'), distributionPlot(decided, calibration));
    if (calibration) await writeFile(join(values.plots, 'calibration.svg'), calibrationPlot(decided, calibration));
  }
  if (values.json) print(JSON.stringify({ ...evaluation, ...(written && { calibrationFile: written }) }, null, 2));
  else {
    print(report(evaluation));
    if (written !== undefined) print(`\nwrote the calibration to ${written}`);
  }
  return 0;
}
