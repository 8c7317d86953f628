import { expect, it } from 'vitest';
import { Page } from '../../console/layout/page.tsx';
import { selfContainedPage } from '../../console/layout/self-contained.tsx';

/** As a name looks that wants to pass for `monday.json`. */
const TURNED = 'exe.\u202Enosj.yadnom\u2069';

it('no name turns a title round, and none what stands beside it on the page', async () => {
  const page = String(Page({ title: TURNED, place: 'a test' }));
  expect(page).toContain('<title>exe.nosj.yadnom · Vivavoce</title>');
  expect(page).toContain(`<h1><bdi>${TURNED}</bdi></h1>`);
  expect(await selfContainedPage(`${TURNED}: COMPLETED`, '')).toContain('<title>exe.nosj.yadnom: COMPLETED</title>');
});
