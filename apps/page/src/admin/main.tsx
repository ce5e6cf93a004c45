import { effect } from '@preact/signals'
import { render } from 'preact'
import '../style/admin.css'
import { AdminPage } from './admin-page.tsx'
import { followCluster } from './live.ts'
import { readSession, session } from './session.ts'

effect(() => (session.value === 'unneeded' || session.value === 'done' ? followCluster() : undefined))
void readSession()
render(<AdminPage />, document.getElementById('page')!)
