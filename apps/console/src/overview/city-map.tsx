import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import Feature, { type FeatureLike } from 'ol/Feature.js';
import GeoJSON from 'ol/format/GeoJSON.js';
import Point from 'ol/geom/Point.js';
import { defaults as defaultInteractions } from 'ol/interaction/defaults.js';
import VectorLayer from 'ol/layer/Vector.js';
import OlMap from 'ol/Map.js';
import { fromLonLat } from 'ol/proj.js';
import VectorSource from 'ol/source/Vector.js';
import View from 'ol/View.js';
import { isEmpty } from 'ol/extent.js';
import 'ol/ol.css';
import { rankOf, type Level, type OverviewJson, type SiteDotJson } from '@anlan/contracts';
import { mapInk, nameStyle, regionStyle, siteStyle, type Box } from './map-paint.js';

type MapProps = Readonly<{
  sites: readonly SiteDotJson[];
  regions: OverviewJson['regions'];
  theme: string;
  /** Fill the regions with their worst level. */ risk: boolean;
  onSite(site: SiteDotJson): void;
}>;
/** `taken`: boxes of the names drawn in this frame, so that no name covers another. */
type Stage = Readonly<{ map: OlMap; regions: VectorSource; sites: VectorSource; taken: Box[] }>;
type Tip = Readonly<{ site: SiteDotJson; x: number; y: number }>;

/** Outlines of the regions; a city puts its own file in its place. Absent or broken, the sites stand alone. */
const OUTLINES = '/geo/regions.json';
const FAR_PX = 20;

/** The city on a canvas: no WebGL, no tiles, no net. The list beside it says the same in words. */
export function CityMap({ sites, regions, theme, risk, onSite }: MapProps): ReactNode {
  const { t } = useTranslation();
  const host = useRef<HTMLDivElement>(null);
  const stage = useRef<Stage | null>(null);
  const [tip, setTip] = useState<Tip | null>(null);
  const sitesNow = useRef(sites);
  sitesNow.current = sites;
  const onSiteNow = useRef(onSite);
  onSiteNow.current = onSite;

  useEffect(() => {
    if (host.current === null) return;
    const made = stageIn(host.current);
    stage.current = made;
    const nearest = (pixel: readonly number[]): Tip | null => nearestSite(made.map, sitesNow.current, pixel);
    made.map.on('pointermove', ({ pixel, dragging }) => setTip(dragging ? null : nearest(pixel)));
    made.map.on('singleclick', ({ pixel }) => {
      const hit = nearest(pixel);
      if (hit !== null) onSiteNow.current(hit.site);
    });
    void loadOutlines(made);
    return () => {
      stage.current = null;
      made.map.setTarget(undefined);
      made.map.dispose();
    };
  }, []);

  useEffect(() => {
    const made = stage.current;
    if (made === null || host.current === null) return;
    const ink = mapInk(host.current);
    const levels = new Map<string, Level>(regions.map(({ code, level }) => [code, level]));
    const layers = made.map.getLayers().getArray() as VectorLayer[];
    layers[0]?.setStyle((feature) => regionStyle(feature, risk ? levels : null, ink));
    layers[1]?.setStyle((feature) => nameStyle(feature, ink, sites.length, made.taken));
    layers[2]?.setStyle((feature) => siteStyle(feature, ink));
    const first = made.sites.isEmpty();
    made.sites.clear(true);
    made.sites.addFeatures([...sites].sort((a, b) => rankOf(a.level) - rankOf(b.level)).map(siteFeature));
    if (first) fit(made);
  }, [sites, regions, theme, risk]);

  const zoomBy = (steps: number): void => {
    const view = stage.current?.map.getView();
    view?.setZoom((view.getZoom() ?? 10) + steps);
  };
  return (
    <div className="map" onPointerLeave={() => setTip(null)}>
      <div ref={host} className="map-canvas" tabIndex={0} role="application" aria-label={t('map.label', { n: sites.length })} />
      <div className="map-zoom">
        <button type="button" className="btn" aria-label={t('map.in')} onClick={() => zoomBy(1)}>
          +
        </button>
        <button type="button" className="btn" aria-label={t('map.out')} onClick={() => zoomBy(-1)}>
          −
        </button>
        <button
          type="button"
          className="btn"
          aria-label={t('map.all')}
          title={t('map.all')}
          onClick={() => stage.current && fit(stage.current)}
        >
          ⤢
        </button>
      </div>
      {tip !== null && (
        <div className="map-tip panel" style={{ left: tip.x, top: tip.y }}>
          <span className="strong">{tip.site.name}</span>
          <span className="dim">
            {tip.site.level === 'normal' ? t('level.normal') : t(`level.${tip.site.level}`)} ·{' '}
            {t('map.online', { online: tip.site.online, devices: tip.site.devices })}
          </span>
        </div>
      )}
    </div>
  );
}

function stageIn(target: HTMLElement): Stage {
  const regions = new VectorSource();
  const sites = new VectorSource();
  const taken: Box[] = [];
  // Grave first: where names collide, the graver site keeps its own.
  const names = new VectorLayer({
    source: sites,
    updateWhileInteracting: true,
    renderOrder: (a, b) => rankOfFeature(b) - rankOfFeature(a),
  });
  names.on('prerender', () => {
    taken.length = 0;
  });
  const map = new OlMap({
    target,
    controls: [],
    interactions: defaultInteractions({ altShiftDragRotate: false, pinchRotate: false }),
    layers: [new VectorLayer({ source: regions }), names, new VectorLayer({ source: sites, updateWhileInteracting: true })],
    view: new View({ center: fromLonLat([117, 31]), zoom: 9, minZoom: 4, maxZoom: 18, enableRotation: false }),
  });
  return { map, regions, sites, taken };
}

async function loadOutlines(stage: Stage): Promise<void> {
  const answer = await fetch(OUTLINES).catch(() => null);
  if (answer === null || !answer.ok) return;
  try {
    stage.regions.addFeatures(new GeoJSON().readFeatures(await answer.json(), { featureProjection: 'EPSG:3857' }));
  } catch {
    // Not GeoJSON: the sites stand without outlines.
    return;
  }
  fit(stage);
}

function fit({ map, regions, sites }: Stage): void {
  const extent = regions.isEmpty() ? sites.getExtent() : regions.getExtent();
  if (extent !== null && extent !== undefined && !isEmpty(extent)) map.getView().fit(extent, { padding: [24, 24, 24, 24], maxZoom: 14 });
}

function siteFeature(site: SiteDotJson): Feature {
  const feature = new Feature(new Point(fromLonLat([site.lon, site.lat])));
  feature.set('site', site, true);
  return feature;
}

function rankOfFeature(feature: FeatureLike): number {
  return rankOf((feature.get('site') as SiteDotJson).level);
}

function nearestSite(map: OlMap, sites: readonly SiteDotJson[], pixel: readonly number[]): Tip | null {
  let best: (Tip & Readonly<{ far: number; rank: number }>) | null = null;
  for (const site of sites) {
    const at = map.getPixelFromCoordinate(fromLonLat([site.lon, site.lat]));
    const [x = Infinity, y = Infinity] = at ?? [];
    const far = Math.hypot(x - (pixel[0] ?? 0), y - (pixel[1] ?? 0));
    const rank = rankOf(site.level);
    if (far <= FAR_PX && (best === null || rank > best.rank || (rank === best.rank && far < best.far))) best = { site, x, y, far, rank };
  }
  return best;
}
