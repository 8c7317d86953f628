import { type DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb';

/** Keys of everything that is in a table, `partition sort` each. */
export async function itemsOf(client: DynamoDBClient, TableName: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { Items = [] } of paginateScan({ client }, { TableName, ConsistentRead: true }))
    found.push(...Items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`));
  return found;
}
