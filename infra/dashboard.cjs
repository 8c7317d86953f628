// One page that says how enrollment goes: jobs by outcome, speakers, time to enrol, queue, errors; and the engine, where
// it is in the stack.

/** What CloudFormation puts in. */
const sub = (name) => `\${${name}}`;
const enrollment = (name, more = {}) => [sub('self:custom.name'), name, 'service', 'enrollment', more];
const queue = (name, logicalId, label) => [
  'AWS/SQS',
  name,
  'QueueName',
  sub(`${logicalId}.QueueName`),
  { label, stat: 'Maximum' },
];
const functions = {
  'start-enrollment': 'StartEnrollmentLambdaFunction',
  'start-job': 'StartJobLambdaFunction',
  'poll-enrollment': 'PollEnrollmentLambdaFunction',
  'summarize-enrollment': 'SummarizeEnrollmentLambdaFunction',
};
const engineFunctions = {
  api: 'EngineApiLambdaFunction',
  listen: 'ListenLambdaFunction',
  'prepare-job': 'PrepareJobLambdaFunction',
  'enroll-speakers': 'EnrollSpeakersLambdaFunction',
  'merge-job': 'MergeJobLambdaFunction',
};
const lambda = (functions, name, more = {}) =>
  Object.entries(functions).map(([label, logicalId]) => [
    'AWS/Lambda',
    name,
    'FunctionName',
    sub(logicalId),
    { label: `${label} ${name.toLowerCase()}`, ...more },
  ]);
const executions = (logicalId) =>
  ['ExecutionsStarted', 'ExecutionsSucceeded', 'ExecutionsFailed', 'ExecutionsTimedOut', 'ExecutionsAborted'].map(
    (name) => ['AWS/States', name, 'StateMachineArn', sub(logicalId)],
  );
const api = (name, more = {}) => ['AWS/ApiGateway', name, 'ApiId', sub('EngineApi'), more];
const table = (name, more = {}) => ['AWS/DynamoDB', name, 'TableName', sub('EngineTable'), more];

const widget = (x, y, title, metrics, more = {}) => ({
  type: 'metric',
  x,
  y,
  width: 12,
  height: 6,
  properties: { title, metrics, region: sub('AWS::Region'), stat: 'Sum', period: 300, view: 'timeSeries', ...more },
});

const workflow = [
  widget(
    0,
    0,
    'Jobs by outcome',
    [
      enrollment('JobsCompleted', { color: '#2ca02c' }),
      enrollment('JobsCompletedWithErrors', { color: '#ff7f0e' }),
      enrollment('JobsFailed', { color: '#d62728' }),
      enrollment('JobsTimedOut', { color: '#9467bd' }),
      enrollment('ManifestsRejected', { color: '#8c564b' }),
    ],
    { stacked: true },
  ),
  widget(12, 0, 'Speakers', [enrollment('SpeakersEnrolled'), enrollment('RequestsFailed'), enrollment('SameVoice')]),
  widget(
    0,
    6,
    'Time to enrol: from the job’s start to its end',
    ['p50', 'p90', 'Maximum'].map((stat) => enrollment('TimeToEnroll', { stat, label: stat })),
    { yAxis: { left: { label: 'seconds', showUnits: false } } },
  ),
  widget(12, 6, 'Uploads', [
    enrollment('ManifestsReceived'),
    queue('ApproximateNumberOfMessagesVisible', 'UploadQueue', 'waiting'),
    queue('ApproximateNumberOfMessagesVisible', 'UploadDeadLetterQueue', 'dead letters'),
    queue('ApproximateNumberOfMessagesVisible', 'UndeliveredQueue', 'undelivered'),
  ]),
  widget(0, 12, 'Functions: errors and throttles', [...lambda(functions, 'Errors'), ...lambda(functions, 'Throttles')]),
  widget(12, 12, 'Functions: duration, p90', lambda(functions, 'Duration', { stat: 'p90' })),
  widget(0, 18, 'Executions', executions('EnrollmentStateMachine')),
  widget(12, 18, 'Oldest waiting upload', [queue('ApproximateAgeOfOldestMessage', 'UploadQueue', 'age')], {
    yAxis: { left: { label: 'seconds', showUnits: false } },
  }),
];

const engine = [
  widget(0, 24, 'Engine: calls of the API', [
    api('Count', { label: 'calls' }),
    api('4xx', { label: 'refused', color: '#ff7f0e' }),
    api('5xx', { label: 'failed', color: '#d62728' }),
    api('Latency', { label: 'ms, p90', stat: 'p90', yAxis: 'right' }),
  ]),
  widget(12, 24, 'Engine: jobs', executions('JobStateMachine')),
  widget(0, 30, 'Engine: errors and throttles', [
    ...lambda(engineFunctions, 'Errors'),
    ...lambda(engineFunctions, 'Throttles'),
    table('ReadThrottleEvents', { label: 'table reads throttled' }),
    table('WriteThrottleEvents', { label: 'table writes throttled' }),
  ]),
  widget(12, 30, 'Engine: duration, p90', [
    ...lambda(engineFunctions, 'Duration', { stat: 'p90' }),
    [
      'AWS/Lambda',
      'ConcurrentExecutions',
      'FunctionName',
      sub(engineFunctions['enroll-speakers']),
      { label: 'enroll-speakers at once', stat: 'Maximum', yAxis: 'right' },
    ],
  ]),
  widget(
    0,
    36,
    'Engine: strangers who would be accepted, by the enrolled themselves',
    [[sub('self:custom.name'), 'StrangersAccepted', 'service', 'engine', { stat: 'Maximum', label: '%' }]],
    { annotations: { horizontal: [{ value: 1, label: 'alarm' }] } },
  ),
];

const connectFunctions = {
  'listen-to-call': 'ListenToCallLambdaFunction',
  'check-caller': 'CheckCallerLambdaFunction',
};
const connect = [
  widget(0, 36, 'Calls: errors and throttles', [
    ...lambda(connectFunctions, 'Errors'),
    ...lambda(connectFunctions, 'Throttles'),
  ]),
  widget(12, 36, 'Calls: listened to at once, and how long a flow waits for an answer', [
    [
      'AWS/Lambda',
      'ConcurrentExecutions',
      'FunctionName',
      sub(connectFunctions['listen-to-call']),
      { label: 'calls at once', stat: 'Maximum' },
    ],
    ...lambda({ 'check-caller': connectFunctions['check-caller'] }, 'Duration', { stat: 'p90', yAxis: 'right' }),
  ]),
];

const page = (widgets) => ({ 'Fn::Sub': JSON.stringify({ widgets }) });
const withAndWithoutConnect = (widgets) => ({
  'Fn::If': ['HasConnect', page([...widgets, ...connect]), page(widgets)],
});

module.exports = {
  Resources: {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: {
        // Dashboards are the account's, not the region's: a stage may be in several.
        DashboardName: { 'Fn::Sub': `${sub('self:custom.name')}-${sub('AWS::Region')}` },
        DashboardBody: {
          'Fn::If': ['IsServerless', withAndWithoutConnect([...workflow, ...engine]), withAndWithoutConnect(workflow)],
        },
      },
    },
  },
};
