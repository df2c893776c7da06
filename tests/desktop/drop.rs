//! Files dropped on the window as a file manager drops them: the XDND protocol, version 5, spoken by the test.
//!
//! https://www.freedesktop.org/wiki/Specifications/XDND/ tells who says what when.
#![allow(clippy::expect_used, reason = "a test fails where it cannot go on")]

use std::path::Path;
use std::time::{Duration, Instant};

use x11rb::CURRENT_TIME;
use x11rb::connection::Connection;
use x11rb::protocol::Event;
use x11rb::protocol::xproto::{
    Atom, AtomEnum, ClientMessageEvent, ConnectionExt, CreateWindowAux, EventMask, PropMode,
    SELECTION_NOTIFY_EVENT, SelectionNotifyEvent, SelectionRequestEvent, Window, WindowClass,
};
use x11rb::rust_connection::RustConnection;
use x11rb::wrapper::ConnectionExt as _;

const VERSION: u32 = 5;
const PATIENCE: Duration = Duration::from_secs(20);

x11rb::atom_manager! {
    Atoms: AtomsCookie {
        XdndAware, XdndSelection, XdndEnter, XdndPosition, XdndStatus, XdndDrop, XdndFinished, XdndActionCopy,
        URIS: b"text/uri-list",
    }
}

struct Source {
    connection: RustConnection,
    atoms: Atoms,
    root: Window,
    window: Window,
    target: Window,
    /// What is dropped, as a list of URIs.
    uris: String,
}

/// Drops files in the middle of the only window of `display`; gives when the window has taken them.
pub(super) fn drop_files(display: &str, paths: &[&Path]) {
    let uris = paths.iter().map(|path| format!("file://{}\r\n", path.display())).collect();
    let source = Source::new(display, uris);
    let middle = source.middle();
    source.say(source.atoms.XdndEnter, [VERSION << 24, source.atoms.URIS, 0, 0]);
    let accepted = |event: &ClientMessageEvent| {
        event.type_ == source.atoms.XdndStatus
            && event.data.as_data32().get(1).is_some_and(|flags| flags & 1 == 1)
    };
    let deadline = Instant::now() + PATIENCE;
    // A window may want to be asked again once it has looked at what is dragged.
    while !source.until(Duration::from_millis(300), &accepted) {
        assert!(Instant::now() < deadline, "the window takes no files");
        source.say(source.atoms.XdndPosition, [0, middle, CURRENT_TIME, source.atoms.XdndActionCopy]);
    }
    source.say(source.atoms.XdndDrop, [0, CURRENT_TIME, 0, 0]);
    let finished = |event: &ClientMessageEvent| event.type_ == source.atoms.XdndFinished;
    assert!(source.until(PATIENCE, &finished), "the window takes what was dropped");
}

impl Source {
    fn new(display: &str, uris: String) -> Source {
        let (connection, screen) = RustConnection::connect(Some(display)).expect("the display");
        let atoms = Atoms::new(&connection).expect("atoms").reply().expect("atoms");
        let root = connection.setup().roots.get(screen).expect("a screen").root;
        let window = connection.generate_id().expect("an id");
        connection
            .create_window(
                0,
                window,
                root,
                0,
                0,
                1,
                1,
                0,
                WindowClass::INPUT_ONLY,
                0,
                &CreateWindowAux::new(),
            )
            .expect("a window");
        connection.set_selection_owner(window, atoms.XdndSelection, CURRENT_TIME).expect("the selection");
        let target = aware(&connection, atoms.XdndAware, root).expect("a window that takes drops");
        Source { connection, atoms, root, window, target, uris }
    }

    /// Root coordinates of the middle of the target, as the protocol packs them.
    fn middle(&self) -> u32 {
        let size = self.connection.get_geometry(self.target).expect("a window").reply().expect("its size");
        let place = self
            .connection
            .translate_coordinates(self.target, self.root, (size.width / 2) as i16, (size.height / 2) as i16)
            .expect("a window")
            .reply()
            .expect("its place");
        (u32::from(place.dst_x.unsigned_abs()) << 16) | u32::from(place.dst_y.unsigned_abs())
    }

    fn say(&self, what: Atom, data: [u32; 4]) {
        let [one, two, three, four] = data;
        let message = ClientMessageEvent::new(32, self.target, what, [self.window, one, two, three, four]);
        self.connection.send_event(false, self.target, EventMask::NO_EVENT, message).expect("a message");
        self.connection.flush().expect("the display");
    }

    /// Answers what the window asks for until it says what is wanted.
    fn until(&self, limit: Duration, wanted: &impl Fn(&ClientMessageEvent) -> bool) -> bool {
        let deadline = Instant::now() + limit;
        while Instant::now() < deadline {
            match self.connection.poll_for_event().expect("the display") {
                Some(Event::ClientMessage(event)) if wanted(&event) => return true,
                Some(Event::SelectionRequest(request)) => self.hand_over(&request),
                Some(_) => {}
                None => std::thread::park_timeout(Duration::from_millis(5)),
            }
        }
        false
    }

    fn hand_over(&self, request: &SelectionRequestEvent) {
        let known = request.target == self.atoms.URIS;
        if known {
            self.connection
                .change_property8(
                    PropMode::REPLACE,
                    request.requestor,
                    request.property,
                    request.target,
                    self.uris.as_bytes(),
                )
                .expect("a property");
        }
        let answer = SelectionNotifyEvent {
            response_type: SELECTION_NOTIFY_EVENT,
            sequence: 0,
            time: request.time,
            requestor: request.requestor,
            selection: request.selection,
            target: request.target,
            property: if known { request.property } else { AtomEnum::NONE.into() },
        };
        self.connection.send_event(false, request.requestor, EventMask::NO_EVENT, answer).expect("an answer");
        self.connection.flush().expect("the display");
    }
}

/// The first window below `parent` that says it takes drops.
fn aware(connection: &RustConnection, property: Atom, parent: Window) -> Option<Window> {
    let children = connection.query_tree(parent).ok()?.reply().ok()?.children;
    children.into_iter().find_map(|child| {
        let told =
            connection.get_property(false, child, property, AtomEnum::ATOM, 0, 1).ok()?.reply().ok()?;
        if told.value_len > 0 { Some(child) } else { aware(connection, property, child) }
    })
}
