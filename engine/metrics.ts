/**
 * The metrics that the engine tells; alarms and the dashboard are built on these names. Dimension: `service`. On Lambda
 * the namespace is the stack's: two stages in one account must not raise each other's alarms.
 */
export const SERVICE = 'engine';

/** Percent of strangers who would be accepted, among a domain's own enrolled callers. */
export const STRANGERS_ACCEPTED = 'StrangersAccepted';

/** A number to look at and to raise alarms on. */
export interface Measurement {
  metric: typeof STRANGERS_ACCEPTED;
  value: number;
  unit: 'Percent';
  domainId: string;
}
