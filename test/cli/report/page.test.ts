import fc from 'fast-check';
import { expect, test } from 'vitest';
import { page } from '../../../cli/report/page.ts';
import type { Report } from '../../../clients/read-report.ts';

const report = (more: Partial<Report> = {}): Report => ({
  manifest: 's3://vivavoce-manifests/2026/monday.json',
  jobId: 'a'.repeat(22),
  status: 'COMPLETED_WITH_ERRORS',
  createdAt: new Date('2026-05-04T10:00:00Z'),
  endedAt: new Date('2026-05-04T10:05:00Z'),
  failure: undefined,
  problems: [],
  problemCount: 0,
  outcome: undefined,
  retryManifest: undefined,
  ...more,
});

test('the name and the times are on top, then failures by their cause with what to do, and successes are folded', () => {
  const html = page(
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
    '25 ×',
    'Give the request more recordings',
    '<bdi>short-0</bdi>',
    '<details><summary>5 more</summary>',
    '<bdi>short-20</bdi>',
    '1 ×',
    '<bdi>mute</bdi>',
    'One voice, several speakers',
    'What went well',
    '<details><summary>30 requests</summary>',
    '<bdi>good-0</bdi>',
  ].map((text) => html.indexOf(text));
  expect(order).not.toContain(-1);
  expect(order).toEqual(order.toSorted((a, b) => a - b));
});

test('a rejected manifest’s problems are there', () => {
  const problems = [
    { path: 'SpeakerEnrollmentRequests[0].SpeakerId', requestId: 'r', message: 'Found 12, expected text.' },
  ];
  const html = page(report({ status: 'REJECTED', jobId: undefined, problems, problemCount: 3 }));
  expect(html).toContain('Rejected: 3 problems');
  expect(html).toContain('<bdi>Found 12, expected text.</bdi>');
  expect(html).toContain('And 2 more.');
});

/** Tags as a browser sees them: of the page, and none of what it shows. */
const tags = (html: string) => html.match(/<[^>]*>/g)?.filter((tag) => !tag.startsWith('<i class=')) ?? [];

test('whatever names and messages hold is text', () => {
  const made = (text: string) =>
    page(
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
            { requestId: text, outcome: `K${text}`, message: '' },
          ],
          sameVoice: [[text, text]],
        },
        retryManifest: text,
      }),
    );
  const plain = tags(made('x'));
  const hostile = [
    '</bdi><script>alert(1)</script>',
    '<img src=x onerror=alert(1)>',
    '"><svg onload=alert(1)>',
    "' onclick='x",
    '</title><b>',
    '&lt;script&gt;',
  ];
  for (const text of hostile) expect(tags(made(text)), text).toEqual(plain);
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('<', '>', '"', "'", '&', '/', '!', '-', 'a', ' ') }), (text) => {
      expect(tags(made(text))).toEqual(plain);
    }),
  );
  // An ampersand is shown as one.
  expect(made('&lt;')).toContain('&#38;lt;');
  expect(made('x')).not.toMatch(/<script|https?:\/\//);
});
