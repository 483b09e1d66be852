"""The dashboard beside the review page: cost, quality, operations, alerts, and from a course down to a call.

`chart.umd.min.js` is Chart.js 4.6.1 from npm as it came, under the MIT licence beside it.
"""
