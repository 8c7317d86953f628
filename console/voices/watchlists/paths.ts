import { at } from '../../layout/page.tsx';
import { shortOf } from '../speakers/speaker-path.ts';

export const watchlistPath = (watchlistId: string) => at(`voices/watchlists/${watchlistId}`);
export const fraudsterPath = (generatedId: string, act = '') =>
  at(`voices/fraudsters/${shortOf(generatedId)}${act && `/${act}`}`);
