// Starts the page.

import { render } from 'preact'
import { App } from './ui/app'
import { use } from './ui/session'
import { engine } from './engine'
import './ui/styles/index.css'

use(engine)
render(<App />, document.getElementById('app')!)
