/** The pages' one script. Each module finds what it is for by a `data-` attribute; without a script the pages can be read. */

import { watchLive } from './live.ts';
import { localize } from './localize.ts';
import { narrowAsTyped } from './narrow.ts';
import { watchSwaps } from './swap.ts';

localize(document.body);
watchLive(document.body);
watchSwaps(document);
narrowAsTyped(document.body);
