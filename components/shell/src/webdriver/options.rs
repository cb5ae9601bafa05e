/* This Source Code Form is subject to the terms of the Mozilla Public
 * License, v. 2.0. If a copy of the MPL was not distributed with this
 * file, You can obtain one at https://mozilla.org/MPL/2.0/. */

//! The command line of `subcapture serve-webdriver`.

use std::str::FromStr;

use clap::Parser;
use servo::{PrefValue, Preferences};

use crate::cli::Viewport;
use crate::gl::GlDriver;

/// Serve WebDriver: a browser without a window, for automation.
///
/// It has one session at a time. Windows are as large as --viewport until they are resized, and
/// all of them are visible. Address it as 127.0.0.1: Servo's server listens on all addresses of
/// this machine, and to be safe from pages it wants an address and no name in the Host header.
#[derive(Debug, Parser)]
#[command(name = "subcapture serve-webdriver", bin_name = "subcapture serve-webdriver")]
pub(super) struct Options {
    /// Port to listen on
    #[arg(long, value_name = "PORT", default_value = "4444")]
    pub(super) port: u16,

    /// Size of new windows in CSS px
    #[arg(long, value_name = "WxH", default_value = "1280x720")]
    pub(super) viewport: Viewport,

    /// Device px per CSS px
    #[arg(long, value_name = "RATIO", default_value = "1", value_parser = parse_ratio)]
    pub(super) dpr: f32,

    /// What to render with: `software`, or `hardware` if this machine has a GPU
    #[arg(long, value_name = "DRIVER", default_value = "software", value_parser = parse_driver)]
    pub(super) gl: GlDriver,

    /// Run each site in a process of its own
    #[arg(long)]
    pub(super) multiprocess: bool,

    /// Set a preference of Servo; can be given several times
    #[arg(long, value_name = "NAME=VALUE")]
    pub(super) pref: Vec<Preference>,

    /// Write what pages write to their consoles to standard error
    #[arg(long)]
    pub(super) console: bool,
}

/// A preference that Servo has, with a value of its type.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Preference {
    name: String,
    value: PrefValue,
}

impl Preference {
    pub(super) fn set(&self, preferences: &mut Preferences) {
        preferences.set_value(&self.name, self.value.clone());
    }
}

impl FromStr for Preference {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (name, value) = text.split_once('=').unwrap_or((text, "true"));
        if !Preferences::exists(name) {
            return Err(format!("Servo has no preference {name}"));
        }
        let value = match Preferences::default().get_value(name) {
            PrefValue::Bool(_) => value.parse().ok().map(PrefValue::Bool),
            PrefValue::Int(_) => value.parse().ok().map(PrefValue::Int),
            PrefValue::UInt(_) => value.parse().ok().map(PrefValue::UInt),
            PrefValue::Float(_) => value.parse().ok().map(PrefValue::Float),
            PrefValue::Str(_) => Some(PrefValue::Str(value.to_owned())),
            PrefValue::Array(_) => None,
        };
        let name = name.to_owned();
        value.map(|value| Self { name, value }).ok_or_else(|| "not a value of its type".to_owned())
    }
}

fn parse_ratio(text: &str) -> Result<f32, String> {
    text.parse()
        .ok()
        .filter(|ratio| (0.1..=10.0).contains(ratio))
        .ok_or_else(|| "expected a number from 0.1 to 10".to_owned())
}

fn parse_driver(text: &str) -> Result<GlDriver, String> {
    match text {
        "software" => Ok(GlDriver::Software),
        "hardware" => Ok(GlDriver::Hardware),
        _ => Err("expected software or hardware".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_definition_is_sound() {
        Options::command().debug_assert();
    }

    #[test]
    fn preferences_have_the_type_that_servo_wants() {
        let parse = |text: &str| text.parse::<Preference>();
        let on = parse("dom_webrtc_enabled").expect("there is one");
        assert_eq!(on.value, PrefValue::Bool(true));
        let mut preferences = Preferences::default();
        on.set(&mut preferences);
        assert!(preferences.dom_webrtc_enabled);
        // A string stays one, even if it looks like a number.
        let text = parse("network_http_no_proxy=1").expect("there is one");
        assert_eq!(text.value, PrefValue::Str("1".to_owned()));
        parse("dom_webrtc_enabled=1").expect_err("not a bool");
        parse("no_such_preference=1").expect_err("there is none");
    }
}
