import type { ProblemJson } from '@anlan/contracts';

/** Nothing came back: no network, or the gateway is down. The request may or may not have been carried out. */
export const NO_ANSWER = 'no_answer';
/** A name or password was wrong. */
export const BAD_CREDENTIALS = 'bad_credentials';

export type ProblemBody = Pick<ProblemJson, 'status' | 'code'> & Partial<ProblemJson>;

/** A request that did not succeed. `status` 0 means that no answer came. */
export class ApiProblem extends Error {
  override readonly name = 'ApiProblem';
  constructor(
    readonly body: ProblemBody,
    /** Seconds after which the server takes another try (429, 503), where it said so. */
    readonly retryAfterS: number | null = null,
  ) {
    super(body.detail ?? body.title ?? body.code);
  }
  get code(): string {
    return this.body.code;
  }
  get status(): number {
    return this.body.status;
  }
}

/** The problem in an answer, whatever a proxy on the way may have made of it. Never throws. */
export async function problemOf(answer: Response): Promise<ApiProblem> {
  const retryAfter = Number(answer.headers.get('retry-after'));
  const text = await answer.text().catch(() => '');
  return new ApiProblem({ ...parsed(text), status: answer.status }, Number.isFinite(retryAfter) && retryAfter > 0 ? retryAfter : null);
}

function parsed(text: string): ProblemBody {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === 'object' && body !== null && 'code' in body && typeof body.code === 'string') return body as ProblemBody;
  } catch {
    // Not JSON: an intermediary answered. The status says enough.
  }
  return { status: 0, code: 'http_error' };
}
