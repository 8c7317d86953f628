/** Where in the list's text: from the first character to before the last. */
export type Span = readonly [from: number, to: number];

/** One recording of a list, wherever the list came from. */
export interface ListedRecording {
  /** Where in the list, to be named in a message: `line 7`, or an object's key. */
  where: string;
  span?: Span;
  speakerId: string;
  /** An s3:// URI, or the path of a file. */
  recording: string;
  channelId: 0 | 1;
  requestId?: string | undefined;
}

/** What is wrong with a list, entry by entry. Speaker ids are described, not quoted. */
export interface ListProblem {
  where: string;
  span?: Span;
  message: string;
}

export type ListReading = { recordings: ListedRecording[]; skipped: string[] } | { problems: ListProblem[] };

export const SPEAKER_ID_EXPECTED = '1 to 256 of A-Z, a-z, 0-9, _ and -, beginning with a letter or digit';
