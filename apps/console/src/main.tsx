import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app/app.js';
import { looksStore } from './app/settings.js';
import { consoleRouter } from './app/router.js';
import { consoleCore } from './data/core.js';
import { audioPlayer, siren } from './sound/siren.js';
import { actionDesk } from './alarms/action-desk.js';
import { startWords } from './words/index.js';
import './styles/tokens.css';
import './styles/base.css';
import './styles/parts.css';
import './styles/frame.css';
import './styles/alarms.css';

const looks = looksStore(() => window.localStorage);
const core = consoleCore({ fetch: window.fetch.bind(window), base: '/api/v1', localNow: () => Date.now(), chance: () => Math.random() });
await startWords(looks.get().language);

const place = document.getElementById('root');
if (place === null) throw new Error('no #root in index.html');
createRoot(place).render(
  <StrictMode>
    <App core={core} desk={actionDesk(core)} siren={siren(audioPlayer())} looks={looks} router={consoleRouter()} />
  </StrictMode>,
);
