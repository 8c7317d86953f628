/**
 * aws-local-stepfunctions does not know a distributed map. Fed by this adapter, it runs the machine that is deployed:
 * each item of the map runs in the same process.
 */
export function withInlineItems(definition: string): string {
  const machine = JSON.parse(definition);
  const map = machine.States.EnrollSpeakers;
  const { ToleratedFailurePercentage: _, ItemProcessor: processor, MaxConcurrencyPath: __, ...rest } = map;
  const { ProcessorConfig: ___, ...states } = processor;
  machine.States.EnrollSpeakers = { ...rest, MaxConcurrency: 2, ItemProcessor: states };
  return JSON.stringify(machine);
}
