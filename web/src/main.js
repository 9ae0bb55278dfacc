// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import { createApp } from 'vue';
import App from './App.vue';
import './theme.css';
import './chat.css';

createApp(App).mount('#app');
