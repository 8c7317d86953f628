/** The pages' one script. Each module finds what it is for by a `data-` attribute; without a script the pages can be read. */

import { watchCopies } from './copy.ts';
import { watchEars } from './ears.ts';
import { layOutBitByBit } from './lay-out.ts';
import { watchLive } from './live.ts';
import { localize } from './localize.ts';
import { watchSwaps } from './swap.ts';
import { watchUploads } from './uploads.ts';

localize(document.body);
watchCopies(document);
watchLive(document.body);
watchSwaps(document);
watchUploads(document.body);
watchEars(document);
layOutBitByBit(document.body);
