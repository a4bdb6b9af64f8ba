import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  DashboardBuilder,
  DashboardCursorSync,
  DashboardLinkBuilder,
  DashboardLinkType,
  RowBuilder,
  type AnnotationQuery,
  type Dashboard,
  type Panel,
  type RowPanel,
  type VariableModel,
} from '@grafana/grafana-foundation-sdk/dashboard';

/** Panels under one heading. */
export type Section = Readonly<{ title: string; panels: readonly Builder<Panel>[] }>;
export type BoardSpec = Readonly<{
  uid: string;
  title: string;
  description: string;
  from: string;
  variables: readonly Builder<VariableModel>[];
  marks: readonly Builder<AnnotationQuery>[];
  sections: readonly Section[];
}>;

const TAG = 'anlan';

/** One dashboard. Not to be edited in Grafana: what is changed here comes from the code again at the next start. */
export function board({ uid, title, description, from, variables, marks, sections }: BoardSpec): Dashboard {
  const builder = new DashboardBuilder(title)
    .uid(uid)
    .description(description)
    .tags([TAG])
    .readonly()
    .timezone('browser')
    .time({ from, to: 'now' })
    .refresh('30s')
    .tooltip(DashboardCursorSync.Crosshair)
    .variables([...variables])
    .annotations([...marks])
    .link(
      new DashboardLinkBuilder('安澜 Anlan')
        .type(DashboardLinkType.Dashboards)
        .tags([TAG])
        .asDropdown(true)
        .keepTime(true)
        .includeVars(false),
    );
  for (const { title: heading, panels } of sections) {
    builder.withRow(new RowBuilder(heading));
    for (const panel of panels) builder.withPanel(panel);
  }
  return finished(builder.build());
}

/** What the builder leaves open: ids, and the panel's own data source, which Grafana would otherwise guess. */
function finished(dashboard: Dashboard): Dashboard {
  const panels = (dashboard.panels ?? []).map((panel, i) =>
    panel.type === 'row' ? { ...panel, id: i + 1 } : { ...panel, id: i + 1, ...sourceOf(panel) },
  );
  return { ...dashboard, panels };
}

function sourceOf(panel: Panel | RowPanel): Pick<Panel, 'datasource'> {
  const [first] = 'targets' in panel ? (panel.targets ?? []) : [];
  // Every target of ours carries its source; the SDK's type of a target does not say so.
  const datasource = (first as Pick<Panel, 'datasource'> | undefined)?.datasource;
  return datasource === undefined ? {} : { datasource };
}
