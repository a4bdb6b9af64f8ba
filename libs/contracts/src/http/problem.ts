import { z } from 'zod';

export const faultJson = z.object({ path: z.string(), line: z.number().int().optional(), code: z.string(), message: z.string() });

/** Every error answer (RFC 9457). `code` is stable; `detail` is a sentence for people. */
export const problemJson = z.object({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  code: z.string(),
  detail: z.string(),
  /** All faults of the input at once, where the input was at fault. */
  errors: z.array(faultJson).optional(),
  /** For `version_conflict`: the version that stands. */
  currentVersion: z.number().int().optional(),
  requestId: z.string(),
});
export type ProblemJson = Readonly<z.infer<typeof problemJson>>;
