// One page that says how enrollment goes: jobs by outcome, speakers, time to enrol, queue, errors.

/** What CloudFormation puts in. */
const sub = (name) => `\${${name}}`;
const enrollment = (name, more = {}) => ['Vivavoce', name, 'service', 'enrollment', more];
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
const lambda = (name, more = {}) =>
  Object.entries(functions).map(([label, logicalId]) => [
    'AWS/Lambda',
    name,
    'FunctionName',
    sub(logicalId),
    { label: `${label} ${name.toLowerCase()}`, ...more },
  ]);
const executions = (name) => ['AWS/States', name, 'StateMachineArn', sub('EnrollmentStateMachine')];

const widget = (x, y, title, metrics, more = {}) => ({
  type: 'metric',
  x,
  y,
  width: 12,
  height: 6,
  properties: { title, metrics, region: sub('AWS::Region'), stat: 'Sum', period: 300, view: 'timeSeries', ...more },
});

const body = {
  widgets: [
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
    widget(12, 0, 'Speakers', [enrollment('SpeakersEnrolled'), enrollment('RequestsFailed')]),
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
    widget(0, 12, 'Functions: errors and throttles', [...lambda('Errors'), ...lambda('Throttles')]),
    widget(12, 12, 'Functions: duration, p90', lambda('Duration', { stat: 'p90' })),
    widget(0, 18, 'Executions', [
      executions('ExecutionsStarted'),
      executions('ExecutionsSucceeded'),
      executions('ExecutionsFailed'),
      executions('ExecutionsTimedOut'),
      executions('ExecutionsAborted'),
    ]),
    widget(12, 18, 'Oldest waiting upload', [queue('ApproximateAgeOfOldestMessage', 'UploadQueue', 'age')], {
      yAxis: { left: { label: 'seconds', showUnits: false } },
    }),
  ],
};

module.exports = {
  Resources: {
    Dashboard: {
      Type: 'AWS::CloudWatch::Dashboard',
      Properties: { DashboardName: sub('self:custom.name'), DashboardBody: { 'Fn::Sub': JSON.stringify(body) } },
    },
  },
};
