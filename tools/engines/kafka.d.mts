import type { Common, Engine } from './supervisor.mjs';
export const DEFAULT_VERSION: string;
/** Folder with the jars of a release, fetched by Maven if need be. */
export function jarsOf(version?: string): string;
/** `controllerPort` is `port` + 1 unless said; `advertisedPort`: what clients are told to connect to, for a proxy in between; `version`: 4.x unless said; `more`: further lines of server.properties; `scramUsers`: as `SCRAM-SHA-256=[name=…,password=…]`. */
export function start(
  options: Common &
    Readonly<{
      controllerPort?: number;
      advertisedPort?: number;
      version?: string;
      heapMb?: number;
      more?: string;
      scramUsers?: readonly string[];
    }>,
): Promise<Engine>;
