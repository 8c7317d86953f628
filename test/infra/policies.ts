import { z } from 'zod';

const many = z.union([z.string(), z.array(z.string())]).transform((value) => (Array.isArray(value) ? value : [value]));
export const statementSchema = z.object({
  Sid: z.string().optional(),
  Effect: z.enum(['Allow', 'Deny']),
  Action: many,
  Resource: many.default([]),
  Principal: z.unknown().optional(),
  Condition: z.unknown().optional(),
});
export type Statement = z.infer<typeof statementSchema>;

const documentSchema = z.object({ Statement: z.array(statementSchema) });

/** The statements of a resolved policy document. */
export const statementsOf = (document: unknown): Statement[] => documentSchema.parse(document).Statement;

/** The statements of a resolved role's own policies. */
export function statementsOfRole(properties: unknown): Statement[] {
  const { Policies } = z.object({ Policies: z.array(z.object({ PolicyDocument: z.unknown() })) }).parse(properties);
  return Policies.flatMap(({ PolicyDocument }) => statementsOf(PolicyDocument));
}
