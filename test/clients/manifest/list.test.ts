import { expect, test } from 'vitest';
import { readCsvList } from '../../../clients/manifest/from-csv.ts';
import { manifestsOf, requestsOf } from '../../../clients/manifest/requests.ts';
import { readManifest } from '../../../functions/enrollment/manifest.ts';

/** The manifests of a CSV, or its problems. */
function made(csv: string, most?: number) {
  const list = readCsvList(csv, (path) => path);
  if ('problems' in list) return list.problems.map(({ where, message }) => `${where}: ${message}`);
  const read = requestsOf(list.recordings);
  if ('problems' in read) return read.problems.map(({ where, message }) => `${where}: ${message}`);
  return manifestsOf(read.requests, most);
}

test('rows of one speaker are one request, whatever lies between them and in whatever order the columns are', () => {
  const csv = [
    'Recording,ChannelId,SpeakerId,RequestId',
    's3://calls/a1.wav,,ann,',
    '"s3://calls/b, first.wav",1,ben,crm-7',
    's3://calls/a2.WAV,0,ann,',
  ].join('\r\n');
  expect(made(csv)).toEqual([
    {
      Version: '1.0',
      SpeakerEnrollmentRequests: [
        {
          RequestId: 'request-1',
          SpeakerId: 'ann',
          AudioSpecifications: [
            { S3Uri: 's3://calls/a1.wav', ChannelId: 0 },
            { S3Uri: 's3://calls/a2.WAV', ChannelId: 0 },
          ],
        },
        {
          RequestId: 'crm-7',
          SpeakerId: 'ben',
          AudioSpecifications: [{ S3Uri: 's3://calls/b, first.wav', ChannelId: 1 }],
        },
      ],
    },
  ]);
});

test('request ids are never those of others, nor made of speakers’ ids', () => {
  const [manifest] = made('SpeakerId,Recording,RequestId\nann,s3://calls/a.wav,\nben,s3://calls/b.wav,request-1\n');
  expect(manifest).toMatchObject({
    SpeakerEnrollmentRequests: [{ RequestId: 'request-2' }, { RequestId: 'request-1' }],
  });
});

const header = 'SpeakerId,Recording,ChannelId,RequestId\n';
test.each([
  ['', 'line 1: Found no column SpeakerId in the header'],
  [
    'SpeakerId;Recording\na;b.wav',
    "line 1: Found the column 'SpeakerId;Recording' in the header, expected SpeakerId, Recording",
  ],
  ['SpeakerId,Recording,SpeakerId\na,b.wav,c', 'line 1: Found the column SpeakerId twice'],
  [header, 'line 1: Found no row below the header'],
  [`${header}ann,s3://calls/a.wav`, 'line 2: Found 2 cells, expected 4'],
  [`${header}id#47110815,s3://calls/a.wav,,`, 'line 2: Found a SpeakerId of 11 characters, expected 1 to 256'],
  [
    `${header}ann,s3://calls/a.mp3,,`,
    "line 2: Found the Recording 's3://calls/a.mp3', expected the s3:// URI or the path",
  ],
  [`${header}ann,https://calls/a.wav,,`, 'line 2: Found the Recording'],
  [`${header}ann,s3://calls/a.wav,2,`, "line 2: Found the ChannelId '2', expected 0 or 1"],
  [`${header}ann,"s3://calls/a.wav,,`, 'line 2: Found a quote that is not closed'],
  [`${header}ann,s3://calls/a.wav,,1\nann,s3://calls/b.wav,,2`, 'line 3: Found 2 RequestIds of one speaker'],
  [`${header}ann,s3://calls/a.wav,,1\nben,s3://calls/b.wav,,1`, "line 3: Found the RequestId '1' of another speaker"],
  [header + 'ann,s3://calls/a.wav,,\n'.repeat(11), 'line 12: Found 11 recordings of one speaker, expected at most ten'],
])('%j is refused', (csv, message) => {
  expect(made(csv)).toEqual([expect.stringContaining(message)]);
});

test('12,000 rows are two manifests that the workflow takes', () => {
  const rows = Array.from({ length: 12_000 }, (_, i) => `speaker-${i},s3://calls/${i}.wav`);
  const manifests = made(`SpeakerId,Recording\n${rows.join('\n')}\n`);
  const counts = manifests.map((manifest) => {
    const reading = readManifest(Buffer.from(JSON.stringify(manifest)));
    return 'manifest' in reading ? reading.manifest.SpeakerEnrollmentRequests.length : reading.problems;
  });
  expect(counts).toEqual([10_000, 2_000]);
});
