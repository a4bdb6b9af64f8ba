import { Outlet, createRootRoute, createRoute, createRouter, lazyRouteComponent, type RouterHistory } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import type { ReactNode } from 'react';
import { BoardPage } from '../alarms/board.js';
import { Empty, Failure } from '../parts/states.js';
import { Frame } from './frame.js';

function Nowhere(): ReactNode {
  const { t } = useTranslation();
  return <Empty>{t('empty.page')}</Empty>;
}

const root = createRootRoute({
  component: Outlet,
  notFoundComponent: Nowhere,
  errorComponent: ({ error }) => <Failure error={error instanceof Error ? error : new Error(String(error))} />,
});
const framed = createRoute({ getParentRoute: () => root, id: 'framed', component: Frame });

type Screens = Promise<Record<string, unknown>>;
const screen = (load: () => Screens, name: string) => lazyRouteComponent(load as () => Promise<Record<string, () => ReactNode>>, name);

// The board is in the first load: it must stand before anything else arrives. All else comes when asked for.
const routes = root.addChildren([
  framed.addChildren([
    createRoute({ getParentRoute: () => framed, path: '/alarms', component: BoardPage }),
    createRoute({ getParentRoute: () => framed, path: '/', component: screen(() => import('../overview/overview.js'), 'OverviewPage') }),
    createRoute({
      getParentRoute: () => framed,
      path: '/alarms/$id',
      component: screen(() => import('../alarms/detail.js'), 'DetailPage'),
    }),
    createRoute({
      getParentRoute: () => framed,
      path: '/devices',
      component: screen(() => import('../devices/devices.js'), 'DevicesPage'),
    }),
    createRoute({ getParentRoute: () => framed, path: '/outbox', component: screen(() => import('../outbox/outbox.js'), 'OutboxPage') }),
    createRoute({
      getParentRoute: () => framed,
      path: '/dead-letters',
      component: screen(() => import('../devices/dead-letters.js'), 'DeadLettersPage'),
    }),
    createRoute({ getParentRoute: () => framed, path: '/rules', component: screen(() => import('../rules/list-page.js'), 'RulesPage') }),
    createRoute({ getParentRoute: () => framed, path: '/rules/$id', component: screen(() => import('../rules/rule-page.js'), 'RulePage') }),
    createRoute({
      getParentRoute: () => framed,
      path: '/templates',
      component: screen(() => import('../rules/apply-page.js'), 'ApplyPage'),
    }),
    createRoute({ getParentRoute: () => framed, path: '/changes', component: screen(() => import('../rules/changes.js'), 'ChangesPage') }),
    createRoute({
      getParentRoute: () => framed,
      path: '/settings',
      component: screen(() => import('../settings/settings.js'), 'SettingsPage'),
    }),
  ]),
  createRoute({ getParentRoute: () => root, path: '/_sheet', component: screen(() => import('../sheet/sheet.js'), 'SheetPage') }),
]);

export function consoleRouter(history?: RouterHistory) {
  return createRouter({ routeTree: routes, defaultPreload: false, ...(history !== undefined && { history }) });
}
