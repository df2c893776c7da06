//! Names of requests that do not change from request to request: `GET /api/orders/42?x=1` is `GET /api/orders/:id`.

/// The route of a request; empty where the path is.
pub(super) fn name(method: &[u8], path: &[u8]) -> String {
    let path = String::from_utf8_lossy(path);
    let method = String::from_utf8_lossy(method);
    let (own_method, path) = match path.trim().split_once(' ') {
        // The name of a trace begins with its method.
        Some((verb, rest)) if verb.bytes().all(|byte| byte.is_ascii_uppercase()) && rest.starts_with('/') => {
            (verb.to_owned(), rest.to_owned())
        }
        _ => (method.trim().to_ascii_uppercase(), path.trim().to_owned()),
    };
    let template = template(&path);
    if template.is_empty() || own_method.is_empty() { template } else { format!("{own_method} {template}") }
}

fn template(path: &str) -> String {
    let path = path.split(['?', '#']).next().unwrap_or_default();
    if !path.starts_with('/') {
        return path.to_owned();
    }
    let segments: Vec<&str> =
        path.split('/').map(|segment| if is_id(segment) { ":id" } else { segment }).collect();
    segments.join("/")
}

/// Numbers, UUIDs, long hexadecimal keys, and names with a number of five digits or more.
fn is_id(segment: &str) -> bool {
    let digits = segment.bytes().filter(u8::is_ascii_digit).count();
    let hexadecimal = segment.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
    (digits > 0 && digits == segment.len())
        || (hexadecimal && digits > 0 && segment.len() >= 16)
        || digits >= 5
        || segment.contains('@')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_become_placeholders() {
        let cases = [
            ("get", "/api/orders/42?expand=items", "GET /api/orders/:id"),
            ("GET", "/", "GET /"),
            ("", "GET /api/customers/7", "GET /api/customers/:id"),
            ("", "job:backup-sweep", "job:backup-sweep"),
            ("POST", "/v2/users/3f2a9c51-77aa-4b0e-9b1d-0a1b2c3d4e5f/keys", "POST /v2/users/:id/keys"),
            ("GET", "/api/invoices/INV-20251", "GET /api/invoices/:id"),
            ("GET", "/api/v1/oauth2/token", "GET /api/v1/oauth2/token"),
            ("GET", "/users/a@example.com#top", "GET /users/:id"),
            ("GET", "/api/decade", "GET /api/decade"),
            ("GET", "", ""),
        ];
        for (method, path, expected) in cases {
            assert_eq!(name(method.as_bytes(), path.as_bytes()), expected, "{method} {path}");
        }
    }
}
