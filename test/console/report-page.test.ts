import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Report } from '../../clients/read-report.ts';
import { reportPage } from '../../console/outcomes/report-page.tsx';

const report = (more: Partial<Report> = {}): Report => ({
  manifest: 's3://vivavoce-manifests/2026/monday.json',
  domainId: 'd'.repeat(22),
  jobId: 'a'.repeat(22),
  status: 'COMPLETED_WITH_ERRORS',
  createdAt: new Date('2026-05-04T10:00:00Z'),
  endedAt: new Date('2026-05-04T10:05:00Z'),
  failure: undefined,
  problems: [],
  problemCount: 0,
  outcome: undefined,
  outputGone: undefined,
  retryManifest: undefined,
  retryGone: undefined,
  ...more,
});

test('the name and the times are on top, then failures by their cause with what to do, and successes are folded', async () => {
  const html = await reportPage(
    report({
      retryManifest: 's3://results/retry.json',
      outcome: {
        s3Uri: 's3://results/job/monday.json.out',
        rows: [
          ...Array.from({ length: 30 }, (_, at) => ({
            requestId: `good-${at}`,
            outcome: 'NEW_ENROLLMENT',
            message: '',
          })),
          ...Array.from({ length: 25 }, (_, at) => ({
            requestId: `short-${at}`,
            outcome: '400',
            message: `Not enough speech: found ${at} s of net speech in 1 recording, expected at least 30 s.`,
          })),
          // Another engine may say nothing.
          { requestId: 'mute', outcome: '500', message: '' },
        ],
        sameVoice: [['good-1', 'good-2']],
      },
    }),
  );
  const order = [
    '<h1><bdi>monday.json</bdi></h1>',
    '2026-05-04T10:00:00.000Z',
    '5 min 0 s',
    '<svg class="counts"',
    '46%',
    'What failed, and what to do',
    'Give the request more recordings',
    'One voice, several speakers',
    '<h2>Requests</h2>',
    '<bdi>not enough speech</bdi></h3>',
    '<bdi>short-0</bdi>',
    '<details><summary><data value="5">5</data> more</summary>',
    '<bdi>short-20</bdi>',
    '<bdi>mute</bdi>',
    '<bdi>enrolled</bdi></h3>',
    '<details><summary><data value="30">30</data> requests</summary>',
    '<bdi>good-0</bdi>',
  ].map((text, index, all) => html.indexOf(text, index === 0 ? 0 : html.indexOf(all[index - 1] ?? '')));
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test('a rejected manifest’s problems are there', async () => {
  const problems = [
    { path: 'SpeakerEnrollmentRequests[0].SpeakerId', requestId: 'r', message: 'Found 12, expected text.' },
  ];
  const html = await reportPage(report({ status: 'REJECTED', jobId: undefined, problems, problemCount: 3 }));
  expect(html).toContain('Rejected: <data value="3">3</data> problems');
  expect(html).toContain('<bdi>Found 12, expected text.</bdi>');
  expect(html).toContain('And <data value="2">2</data> more.');
});

/** Tags as a browser sees them: of the page, and none of what it shows. Colours follow what a status is called. */
const tags = (html: string) =>
  (html.match(/<[^>]*>/g) ?? []).map((tag) => tag.replace(/ id="of-[\w-]{8}"| href="#of-[\w-]{8}"/, ''));

const hostilePage = (text: string) =>
  reportPage(
    report({
      manifest: `s3://bucket/${text}`,
      jobId: text,
      status: text,
      failure: text,
      problems: [{ path: text, requestId: text, message: text }],
      problemCount: 1,
      outcome: {
        s3Uri: text,
        rows: [
          { requestId: text, outcome: '400', message: `Somebody said ${text}` },
          { requestId: text, outcome: `K${text}`, message: '', generatedSpeakerId: text },
        ],
        sameVoice: [[text, text]],
      },
      retryManifest: text,
    }),
  );

test('whatever names and messages hold is text', async () => {
  const plain = tags(await hostilePage('x'));
  const hostile = [
    '</bdi><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onclick='x",
    '</title><b>',
    '</style><b>',
    '&lt;script&gt;',
  ];
  for (const text of hostile) expect(tags(await hostilePage(text)), text).toEqual(plain);
  await fc.assert(
    fc.asyncProperty(
      fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', '-', 'a', ' ') }),
      async (text) => {
        expect(tags(await hostilePage(text))).toEqual(plain);
      },
    ),
  );
  // An ampersand is shown as one.
  expect(await hostilePage('&lt;')).toContain('&amp;lt;');
});

test('it loads nothing and runs nothing', async () => {
  const html = await hostilePage('x');
  expect(html).toContain('content="default-src &#39;none&#39;; style-src &#39;unsafe-inline&#39;"');
  expect(html).not.toMatch(/<script|<link|<form|https?:\/\/|url\(|@import|\/_console/);
});
