import { type Caller, recordCall, speak } from './callers.ts';

export interface RecordTask {
  caller: Caller;
  /** The sentence that the call begins with, and how many it has. */
  first: number;
  count: number;
  scratch: string;
}

/** A call, spoken on a thread of its own: the synthesizer keeps its thread for as long as it speaks. */
export default ({ caller, first, count, scratch }: RecordTask): Promise<Uint8Array> =>
  recordCall(caller, first, count, (who, text) => speak(who, text, scratch));
