import { type Measurement, SERVICE } from '../metrics.ts';

/**
 * A log line that CloudWatch takes for a metric:
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 * @param timestamp epoch milliseconds.
 */
export function embeddedMetric(
  { metric, value, unit, ...about }: Measurement,
  namespace: string,
  timestamp: number,
): string {
  const definition = { Namespace: namespace, Dimensions: [['service']], Metrics: [{ Name: metric, Unit: unit }] };
  const metadata = { Timestamp: timestamp, CloudWatchMetrics: [definition] };
  return JSON.stringify({ _aws: metadata, service: SERVICE, ...about, [metric]: value });
}
