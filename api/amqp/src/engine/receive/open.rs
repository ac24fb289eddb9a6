//! Open [2.7.1].

use std::time::Duration;

use super::super::event::{Event, Opened};
use super::super::fault::{Fault, Handled};
use super::super::phase::Phase;
use crate::codec::performative::{Open, condition};
use crate::engine::Engine;
use crate::limits;

impl Engine {
    pub(super) fn receive_open(&mut self, open: Open) -> Handled {
        if open.max_frame_size < limits::MIN_MAX_FRAME_SIZE {
            let description = "max-frame-size is below 512";
            return Err(Fault::connection(condition::INVALID_FIELD, description));
        }
        let idle = open
            .idle_time_out
            .filter(|milliseconds| *milliseconds > 0)
            .map(|milliseconds| Duration::from_millis(u64::from(milliseconds)));
        if idle.is_some_and(|idle| idle < limits::MIN_PEER_IDLE_TIMEOUT) {
            let description = "an idle-time-out below one second is not supported";
            return Err(Fault::connection(condition::NOT_ALLOWED, description));
        }
        self.output.limit_frames(open.max_frame_size);
        self.peer_channel_max = open.channel_max;
        self.timers.opened(idle);
        self.write_open();
        self.phase = Phase::Running;
        self.events.push_back(Event::Opened(Box::new(Opened {
            container_id: open.container_id,
            hostname: open.hostname,
            desired_capabilities: open.desired_capabilities,
            properties: open.properties,
        })));
        Ok(())
    }

    /// Our open, the same for everybody.
    pub(in crate::engine) fn write_open(&mut self) {
        let announced = self.config.idle_timeout.as_millis() / 2;
        let open = Open {
            container_id: self.config.container_id.clone(),
            hostname: Some(self.config.container_id.clone()),
            max_frame_size: self.config.max_frame_size,
            channel_max: self.config.channel_max,
            idle_time_out: Some(u32::try_from(announced).unwrap_or(u32::MAX)),
            outgoing_locales: Default::default(),
            incoming_locales: Default::default(),
            offered_capabilities: Default::default(),
            desired_capabilities: Default::default(),
            properties: self.config.properties.clone(),
        };
        // The operator chooses name and properties, and 512 bytes hold sensible ones.
        if !self.output.frame(0, &open) {
            let _ = self.output.frame(
                0,
                &Open {
                    hostname: None,
                    properties: None,
                    ..open
                },
            );
        }
    }
}
