/**
 * aws-local-stepfunctions knows neither `ItemReader` nor a distributed map. Fed by this adapter, it runs the machine
 * that is deployed: the map reads its items from the state, where `prepared.items` holds what the reader would have
 * read, and each item runs in the same process.
 */
export function withInlineItems(definition: string): string {
  const machine = JSON.parse(definition);
  const map = machine.States.EnrollSpeakers;
  const {
    ItemReader: _,
    ToleratedFailurePercentage: __,
    ItemProcessor: processor,
    MaxConcurrencyPath: ___,
    ...rest
  } = map;
  const { ProcessorConfig: ____, ...states } = processor;
  machine.States.EnrollSpeakers = { ...rest, ItemsPath: '$.prepared.items', MaxConcurrency: 2, ItemProcessor: states };
  return JSON.stringify(machine);
}
