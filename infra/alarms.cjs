// Every alarm of the stack; docs/operations.md says what each means and what to do. A missing value is a good one: no
// upload, no failure.

const enrollment = (name) => ({
  // The stack's own: POWERTOOLS_METRICS_NAMESPACE of its functions.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: osls substitutes it
  Namespace: '${self:custom.name}',
  MetricName: name,
  Dimensions: { service: 'enrollment' },
});
const engine = (name) => ({
  // As the workflow's; METRICS_NAMESPACE of the engine's functions.
  // biome-ignore lint/suspicious/noTemplateCurlyInString: osls substitutes it
  Namespace: '${self:custom.name}',
  MetricName: name,
  Dimensions: { service: 'engine' },
});
const queue = (name, logicalId) => ({
  Namespace: 'AWS/SQS',
  MetricName: name,
  Dimensions: { QueueName: { 'Fn::GetAtt': [logicalId, 'QueueName'] } },
});
const lambda = (name, logicalId) => ({
  Namespace: 'AWS/Lambda',
  MetricName: name,
  Dimensions: { FunctionName: { Ref: logicalId } },
});
const executions = (name, logicalId) => ({
  Namespace: 'AWS/States',
  MetricName: name,
  Dimensions: { StateMachineArn: { Ref: logicalId } },
});
const api = (name, logicalId) => ({
  Namespace: 'AWS/ApiGateway',
  MetricName: name,
  Dimensions: { ApiId: { Ref: logicalId } },
});
const table = (name, logicalId) => ({
  Namespace: 'AWS/DynamoDB',
  MetricName: name,
  Dimensions: { TableName: { Ref: logicalId } },
});
const rule = (name, logicalId) => ({
  Namespace: 'AWS/Events',
  MetricName: name,
  Dimensions: { RuleName: { Ref: logicalId } },
});

/** Once in five minutes is enough to tell, unless `more` says otherwise. */
const alarm = (description, { Dimensions, ...metric }, more = {}, condition = undefined) => ({
  Type: 'AWS::CloudWatch::Alarm',
  ...(condition && { Condition: condition }),
  Properties: {
    AlarmDescription: description,
    ...metric,
    Dimensions: Object.entries(Dimensions).map(([Name, Value]) => ({ Name, Value })),
    Statistic: 'Sum',
    Period: 300,
    EvaluationPeriods: 1,
    Threshold: 1,
    ComparisonOperator: 'GreaterThanOrEqualToThreshold',
    TreatMissingData: 'notBreaching',
    AlarmActions: [{ Ref: 'AlarmTopic' }],
    OKActions: [{ Ref: 'AlarmTopic' }],
    ...more,
  },
});
const depth = { Statistic: 'Maximum' };
const age = (seconds) => ({ Statistic: 'Maximum', Threshold: seconds });

const functions = {
  StartEnrollment: 'StartEnrollmentLambdaFunction',
  StartJob: 'StartJobLambdaFunction',
  PollEnrollment: 'PollEnrollmentLambdaFunction',
  SummarizeEnrollment: 'SummarizeEnrollmentLambdaFunction',
};

const Resources = {
  DeadLettersAlarm: alarm(
    'Uploads that could not be handed off wait in the dead-letter queue.',
    queue('ApproximateNumberOfMessagesVisible', 'UploadDeadLetterQueue'),
    depth,
  ),
  DeadLettersOldAlarm: alarm(
    'An upload in the dead-letter queue is ten days old; after fourteen it is lost.',
    queue('ApproximateAgeOfOldestMessage', 'UploadDeadLetterQueue'),
    age(864000),
  ),
  UploadsWaitingAlarm: alarm(
    'An upload has waited in the queue for half an hour: start-enrollment does not run or does not succeed.',
    queue('ApproximateAgeOfOldestMessage', 'UploadQueue'),
    age(1800),
  ),
  UndeliveredAlarm: alarm(
    'An event could not be delivered to the queue, or an execution that died got no ending.',
    queue('ApproximateNumberOfMessagesVisible', 'UndeliveredQueue'),
    depth,
  ),
  UploadRuleAlarm: alarm(
    'EventBridge could not deliver an upload to the queue.',
    rule('FailedInvocations', 'UploadRule'),
  ),
  JobsFailedAlarm: alarm('A job failed as a whole, or could not be started.', enrollment('JobsFailed')),
  JobsTimedOutAlarm: alarm('A job was not done by its deadline.', enrollment('JobsTimedOut')),
  JobsWithErrorsAlarm: alarm('Some requests of a job failed.', enrollment('JobsCompletedWithErrors')),
  SameVoiceAlarm: alarm(
    'A job enrolled one voice under several names: an agent’s channel under its customers’, perhaps.',
    enrollment('SameVoice'),
  ),
  ManifestsRejectedAlarm: alarm('A manifest was rejected; no job was started.', enrollment('ManifestsRejected')),
  ExecutionsFailedAlarm: alarm(
    'An enrollment execution failed.',
    executions('ExecutionsFailed', 'EnrollmentStateMachine'),
  ),
  ExecutionsTimedOutAlarm: alarm(
    'An enrollment execution timed out.',
    executions('ExecutionsTimedOut', 'EnrollmentStateMachine'),
  ),
  ExecutionsAbortedAlarm: alarm(
    'Somebody stopped an enrollment execution.',
    executions('ExecutionsAborted', 'EnrollmentStateMachine'),
  ),
};
for (const [name, logicalId] of Object.entries(functions)) {
  Resources[`${name}ErrorsAlarm`] = alarm(`${name} failed.`, lambda('Errors', logicalId));
  Resources[`${name}ThrottlesAlarm`] = alarm(`${name} was throttled.`, lambda('Throttles', logicalId));
}

const engineFunctions = {
  EngineApi: 'EngineApiLambdaFunction',
  Listen: 'ListenLambdaFunction',
  PrepareJob: 'PrepareJobLambdaFunction',
  EnrollSpeakers: 'EnrollSpeakersLambdaFunction',
  MergeJob: 'MergeJobLambdaFunction',
  MakeDomain: 'MakeDomainLambdaFunction',
};
for (const [name, logicalId] of Object.entries(engineFunctions)) {
  const condition = name === 'MakeDomain' ? 'MakesDomain' : 'IsServerless';
  Resources[`${name}ErrorsAlarm`] = alarm(`${name} failed.`, lambda('Errors', logicalId), {}, condition);
  Resources[`${name}ThrottlesAlarm`] = alarm(`${name} was throttled.`, lambda('Throttles', logicalId), {}, condition);
}
const serverless = (description, metric, more = {}) => alarm(description, metric, more, 'IsServerless');
Object.assign(Resources, {
  JobExecutionsFailedAlarm: serverless(
    'An engine job died; its remaining requests are internal errors in its output file.',
    executions('ExecutionsFailed', 'JobStateMachine'),
  ),
  JobExecutionsTimedOutAlarm: serverless(
    'An engine job timed out; its remaining requests are internal errors in its output file.',
    executions('ExecutionsTimedOut', 'JobStateMachine'),
  ),
  JobExecutionsAbortedAlarm: serverless(
    'Somebody stopped an engine job; its remaining requests are internal errors in its output file.',
    executions('ExecutionsAborted', 'JobStateMachine'),
  ),
  EngineApiFailuresAlarm: serverless(
    'The engine’s API answered with server errors in two of three five-minute spans.',
    api('5xx', 'EngineApi'),
    { EvaluationPeriods: 3, DatapointsToAlarm: 2 },
  ),
  EngineApiRefusalsAlarm: serverless(
    'The engine’s API refused 100 requests in five minutes: a client with a wrong access key, or somebody who guesses.',
    api('4xx', 'EngineApi'),
    { Threshold: 100 },
  ),
  StrangersAcceptedAlarm: serverless(
    'In a domain more than 1 % of strangers would be accepted, by its own enrolled callers.',
    engine('StrangersAccepted'),
    { Statistic: 'Maximum', ComparisonOperator: 'GreaterThanThreshold' },
  ),
  EngineTableReadsThrottledAlarm: serverless(
    'DynamoDB throttled reads of the engine’s table.',
    table('ReadThrottleEvents', 'EngineTable'),
    { Threshold: 10 },
  ),
  EngineTableWritesThrottledAlarm: serverless(
    'DynamoDB throttled writes of the engine’s table.',
    table('WriteThrottleEvents', 'EngineTable'),
    { Threshold: 10 },
  ),
});

const connectFunctions = { ListenToCall: 'ListenToCallLambdaFunction', CheckCaller: 'CheckCallerLambdaFunction' };
for (const [name, logicalId] of Object.entries(connectFunctions)) {
  Resources[`${name}ErrorsAlarm`] = alarm(`${name} failed.`, lambda('Errors', logicalId), {}, 'HasConnect');
  Resources[`${name}ThrottlesAlarm`] = alarm(
    `${name} was throttled.`,
    lambda('Throttles', logicalId),
    {},
    'HasConnect',
  );
}
Resources.ListenToCallDroppedAlarm = alarm(
  'A call was not listened to, or not to its end: its invocation waited too long.',
  lambda('AsyncEventsDropped', connectFunctions.ListenToCall),
  {},
  'HasConnect',
);

module.exports = { Resources };
