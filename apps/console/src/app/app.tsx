import { useEffect, type ReactNode } from 'react';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ActionDesk } from '../alarms/action-desk.js';
import { DeskProvider } from '../alarms/desk-context.js';
import type { Core } from '../data/core.js';
import { CoreProvider, useSignal } from '../data/react.js';
import type { Siren } from '../sound/siren.js';
import { SirenProvider } from '../sound/siren-context.js';
import { LooksProvider } from './looks-context.js';
import type { consoleRouter } from './router.js';
import type { LooksStore } from './settings.js';

type AppProps = Readonly<{ core: Core; desk: ActionDesk; siren: Siren; looks: LooksStore; router: ReturnType<typeof consoleRouter> }>;

/** Everything that screens reach by context, and the router over it. */
export function App({ core, desk, siren, looks, router }: AppProps): ReactNode {
  return (
    <CoreProvider value={core}>
      <QueryClientProvider client={core.queries}>
        <LooksProvider value={looks}>
          <SirenProvider value={siren}>
            <DeskProvider value={desk}>
              <ApplyLooks looks={looks} />
              <RouterProvider router={router} />
            </DeskProvider>
          </SirenProvider>
        </LooksProvider>
      </QueryClientProvider>
    </CoreProvider>
  );
}

/** Puts theme and language on the document. */
function ApplyLooks({ looks }: Readonly<{ looks: LooksStore }>): ReactNode {
  const { theme, language } = useSignal(looks);
  const { i18n } = useTranslation();
  useEffect(() => {
    document.documentElement.dataset['theme'] = theme;
  }, [theme]);
  useEffect(() => {
    document.documentElement.lang = language === 'zh' ? 'zh-CN' : 'en';
    void i18n.changeLanguage(language);
  }, [language, i18n]);
  return null;
}
