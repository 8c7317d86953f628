import { at } from '../../layout/page.tsx';

/** A generated id without its `id#`, which addresses can't hold as it is. Generated ids say nothing of the customer's. */
export const shortOf = (generatedId: string) => generatedId.replace(/^id#/, '');
export const generatedOf = (short: string) => `id#${short}`;

/** A speaker's page. */
export const speakerPath = (generatedId: string) => at(`voices/speakers/${shortOf(generatedId)}`);
