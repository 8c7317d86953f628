import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { EngineSettings } from '../settings.ts';
import { ClientTokens } from './client-tokens.ts';
import { Domains } from './domains.ts';
import { Fraudsters } from './fraudsters.ts';
import { Generations } from './generations.ts';
import { Jobs } from './jobs.ts';
import { Leases } from './leases.ts';
import { Sessions } from './sessions.ts';
import { Speakers } from './speakers.ts';
import { Table } from './table.ts';
import { Watchlists } from './watchlists.ts';

/** Everything that the engine keeps. */
export interface Store {
  table: Table;
  clientTokens: ClientTokens;
  domains: Domains;
  fraudsters: Fraudsters;
  generations: Generations;
  jobs: Jobs;
  leases: Leases;
  sessions: Sessions;
  speakers: Speakers;
  watchlists: Watchlists;
}

export function createStore(
  client: DynamoDBClient,
  settings: Pick<EngineSettings, 'tableName' | 'encryptionKey'>,
): Store {
  const table = new Table(client, settings.tableName, settings.encryptionKey);
  return {
    table,
    clientTokens: new ClientTokens(table),
    domains: new Domains(table),
    fraudsters: new Fraudsters(table),
    generations: new Generations(table),
    jobs: new Jobs(table),
    leases: new Leases(table),
    sessions: new Sessions(table),
    speakers: new Speakers(table, settings.encryptionKey),
    watchlists: new Watchlists(table),
  };
}
