import { Inject, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { DEPS, type GatewayDeps } from '../deps.js';
import { SERVICES, type Services } from '../services.js';
import { decode, parseJson, readBody } from './body.js';
import { kindIn, operationOf, type AnlanRequest, type AuditNote, type Call, type Caller } from './call.js';
import { checked, queryOf } from './checks.js';
import { OPERATIONS, type OperationName, type OperationSpec } from './operations.js';
import { refusalOf } from './problem.filter.js';
import { Refusal } from './refusal.js';
import { sourceOf } from '@anlan/shell';
import { parseYaml } from './yaml.js';

type Filled = { query: unknown; body: unknown; note: AuditNote };

/** Between rights and handler: reads and checks query and body by the operation's schemas, and afterwards leaves the audit row. */
export class CallInterceptor implements NestInterceptor {
  constructor(
    @Inject(DEPS) private readonly deps: GatewayDeps,
    @Inject(SERVICES) private readonly services: Services,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const request = http.getRequest<AnlanRequest>();
    const name = operationOf(context.getHandler()) as OperationName;
    const filled: Filled = { query: undefined, body: undefined, note: {} };
    request.anlan.call = this.callOf(request, http.getResponse(), filled);
    return from(this.audited(name, request, filled, next));
  }

  private async audited(name: OperationName, request: AnlanRequest, filled: Filled, next: CallHandler): Promise<unknown> {
    const spec: OperationSpec = OPERATIONS[name];
    const work = async (): Promise<unknown> => {
      await this.fill(spec, request, filled);
      return lastValueFrom(next.handle(), { defaultValue: undefined });
    };
    const action = spec.audit;
    if (action === undefined) return work();
    const line = {
      action,
      actor: request.anlan.caller?.actor,
      source: sourceOf(request.socket.remoteAddress),
      requestId: request.anlan.requestId,
    };
    const lenient = (): boolean => isAcknowledgement(filled.body) || action === 'link.act' || action === 'auth.login';
    let result: unknown;
    try {
      result = await work();
    } catch (error) {
      const refusal = refusalOf(error);
      await this.services.audit.write({
        ...line,
        outcome: refusal.status >= 500 ? 'failed' : 'refused',
        note: { ...filled.note, reason: filled.note.reason ?? refusal.code },
        lenient: true,
      });
      throw error;
    }
    await this.services.audit.write({ ...line, outcome: 'ok', note: filled.note, lenient: lenient() });
    return result;
  }

  private callOf(request: AnlanRequest, response: Call<OperationName>['response'], filled: Filled): Call<OperationName> {
    const { registry } = this.deps;
    return {
      get query() {
        return filled.query as never;
      },
      get body() {
        return filled.body as never;
      },
      param: (name) => String(request.params[name] ?? ''),
      kind: kindIn(request),
      caller: request.anlan.caller as Caller,
      get registry() {
        return registry.current();
      },
      source: sourceOf(request.socket.remoteAddress),
      client: (request.headers['user-agent'] ?? '').slice(0, 200),
      requestId: request.anlan.requestId,
      request,
      response,
      note: (note) => {
        filled.note = { ...filled.note, ...note };
      },
    };
  }

  private async fill(spec: OperationSpec, request: AnlanRequest, filled: Filled): Promise<void> {
    if (spec.query) filled.query = checked(spec.query, queryOf(request));
    if (spec.bodyKind === 'form') await readBody(request, FORM_BYTES);
    else if (spec.body) filled.body = checked(spec.body, await this.readDocument(spec, request));
  }

  private async readDocument(spec: OperationSpec, request: AnlanRequest): Promise<unknown> {
    const { bodyBytes, importBytes, jsonDepth, jsonKeys } = this.deps.settings.limits;
    const type = (request.headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
    const isImport = spec.bodyKind === 'import';
    if (isImport && YAML_TYPES.has(type)) return parseYaml(decode(await readBody(request, importBytes)));
    if (type !== 'application/json')
      throw new Refusal('unsupported_type', isImport ? 'Send application/json or application/yaml.' : 'Send application/json.');
    return parseJson(await readBody(request, isImport ? importBytes : bodyBytes), {
      depth: jsonDepth,
      keys: isImport ? Number.MAX_SAFE_INTEGER : jsonKeys,
    });
  }
}

const FORM_BYTES = 65_536;
const YAML_TYPES = new Set(['application/yaml', 'application/x-yaml', 'text/yaml', 'text/x-yaml']);

function isAcknowledgement(body: unknown): boolean {
  return typeof body === 'object' && body !== null && 'type' in body && body.type === 'acknowledge';
}
