// SPDX-License-Identifier: MIT
// Copyright 2026 the Belfry developers

import { createApp } from 'vue';
import 'uplot/dist/uPlot.min.css';
import AdminPage from './AdminPage.vue';
import '../theme.css';
import './admin.css';

createApp(AdminPage).mount('#app');
