import { lazy } from 'react';

/** The chart, loaded when the first one is drawn: it brings a library. */
export const SeriesChart = lazy(() => import('./series-chart.js').then(({ SeriesChart: component }) => ({ default: component })));
