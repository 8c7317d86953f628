import type { EngineDeps } from '../../deps.ts';
import { ValidationException } from '../../errors.ts';
import { existing, type Operation } from '../operation.ts';

/** Voice ID's limit of tags on one resource. */
const MOST_TAGS = 50;

async function tagged(arn: string, { store }: EngineDeps) {
  const found = existing(await store.domains.get(arn.slice(arn.lastIndexOf('/') + 1)), 'DOMAIN');
  return existing(found.domain.arn === arn ? found : undefined, 'DOMAIN');
}

export const listTagsForResource: Operation<'ListTagsForResource'> = async ({ ResourceArn }, deps) => {
  const { domain } = await tagged(ResourceArn, deps);
  return { Tags: Object.entries(domain.tags).map(([Key, Value]) => ({ Key, Value })) };
};

export const tagResource: Operation<'TagResource'> = async ({ ResourceArn, Tags }, deps) => {
  const { domain, version } = await tagged(ResourceArn, deps);
  const tags = { ...domain.tags, ...Object.fromEntries(Tags.map(({ Key, Value }) => [Key, Value])) };
  if (Object.keys(tags).length > MOST_TAGS) throw new ValidationException(`A resource has at most ${MOST_TAGS} tags.`);
  await deps.store.domains.put({ ...domain, tags }, version);
  return {};
};

export const untagResource: Operation<'UntagResource'> = async ({ ResourceArn, TagKeys }, deps) => {
  const { domain, version } = await tagged(ResourceArn, deps);
  const tags = Object.fromEntries(Object.entries(domain.tags).filter(([key]) => !TagKeys.includes(key)));
  await deps.store.domains.put({ ...domain, tags }, version);
  return {};
};
