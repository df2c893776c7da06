//! Reading through the cache: look up, else fetch once and store.

use std::future::Future;
use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::connector::Connection;
use super::flights::{Answer, FlightKey, Purpose};
use super::meters::Origin;
use super::shelf::{Shelf, Wanted};
use super::{CacheFault, CacheType, QueryCache, QueryKey, ReadError};

impl<C: Connection> QueryCache<C> {
    /// The result of `type_name` for `params`: the cached one, else what `fetch` gives, which is then stored.
    ///
    /// The type's name and the parameters alone make the key: everything that the result depends on, such as the
    /// tenant, belongs into `params`.
    ///
    /// Equal reads in flight share one look-up and one `fetch`, which runs to its end in a task of its own, also
    /// when callers stop waiting; give it a timeout. All get a clone: an [`Arc`] makes that cheap for large
    /// values. Callers who want the same result as another Rust type make a fetch of their own.
    ///
    /// Redis never makes this fail. While it does not answer, or the cache is switched off, `fetch` is asked and
    /// nothing is stored.
    ///
    /// # Errors
    /// [`ReadError::Source`] with the error of `fetch`, [`ReadError::Shared`] when `fetch` panicked, and
    /// [`ReadError::Type`], before anything else happens, when nobody registered `type_name`.
    pub async fn with_cache<T, E, F, Fut>(
        &self,
        type_name: &str,
        params: &[Value],
        fetch: F,
    ) -> Result<T, ReadError<E>>
    where
        T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        self.with_cache_for(type_name, type_name, params, fetch).await
    }

    /// As [`with_cache`](Self::with_cache), with the statement's text in the key in place of the type's name.
    ///
    /// # Errors
    /// As [`with_cache`](Self::with_cache).
    pub async fn with_cache_for<T, E, F, Fut>(
        &self,
        type_name: &str,
        text: &str,
        params: &[Value],
        fetch: F,
    ) -> Result<T, ReadError<E>>
    where
        T: Serialize + DeserializeOwned + Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let kind = self.inner.types.get(type_name)?;
        let shelf = self.inner.shelf.clone();
        if !shelf.is_enabled() {
            shelf.meters.read(&kind.name, Origin::Bypassed);
            return fetch().await.map_err(ReadError::Source);
        }
        let type_name = kind.name.clone();
        let wanted = shelf.wanted(kind, QueryKey::new(text, params));
        let flight = flight(&wanted, Purpose::Read);
        let answer = self.inner.flights.share(flight, move || read(shelf, wanted, fetch)).await?;
        self.inner.shelf.meters.read(&type_name, answer.origin);
        answer.outcome.map_err(ReadError::Source)
    }

    /// Asks the source and stores its result; answers whether that lies in Redis now.
    pub(super) async fn refresh<T, E, F, Fut>(
        &self,
        kind: CacheType,
        key: QueryKey,
        fetch: F,
    ) -> Result<bool, ReadError<E>>
    where
        T: Serialize + Clone + Send + Sync + 'static,
        E: Clone + Send + Sync + 'static,
        F: FnOnce() -> Fut + Send + 'static,
        Fut: Future<Output = Result<T, E>> + Send + 'static,
    {
        let shelf = self.inner.shelf.clone();
        let wanted = shelf.wanted(kind, key);
        let flight = flight(&wanted, Purpose::Refresh);
        let work = move || async move {
            let outcome = fetch_and_store(&shelf, &wanted, fetch).await.map(|(_, stored)| stored);
            Answer { outcome, origin: Origin::Miss }
        };
        self.inner.flights.share(flight, work).await?.outcome.map_err(ReadError::Source)
    }
}

fn flight(wanted: &Wanted, purpose: Purpose) -> FlightKey {
    FlightKey {
        type_name: wanted.kind.name.clone(),
        key: wanted.key.clone(),
        generation: wanted.generation,
        purpose,
    }
}

async fn read<C, T, E, F, Fut>(shelf: Arc<Shelf<C>>, wanted: Wanted, fetch: F) -> Answer<T, E>
where
    C: Connection,
    T: Serialize + DeserializeOwned,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let found = match shelf.look_up(&wanted).await {
        Ok(Some(json)) => serde_json::from_slice(&json).map(Some).map_err(|_| CacheFault::Corrupt),
        Ok(None) => Ok(None),
        Err(fault) if fault.is_of_the_value() => Ok(None),
        Err(_) => return Answer { outcome: fetch().await, origin: Origin::Bypassed },
    };
    match found {
        Ok(Some(value)) => return Answer { outcome: Ok(value), origin: Origin::Hit },
        Ok(None) => {}
        Err(fault) => shelf.meters.error(fault),
    }
    let outcome = fetch_and_store(&shelf, &wanted, fetch).await.map(|(value, _)| value);
    Answer { outcome, origin: Origin::Miss }
}

async fn fetch_and_store<C, T, E, F, Fut>(shelf: &Shelf<C>, wanted: &Wanted, fetch: F) -> Result<(T, bool), E>
where
    C: Connection,
    T: Serialize,
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    let beginning = shelf.begin(wanted).await;
    let value = fetch().await?;
    let Some(beginning) = beginning else { return Ok((value, false)) };
    let stored = match serde_json::to_vec(&value) {
        Ok(json) => shelf.store(wanted, beginning, &json).await,
        Err(_) => {
            shelf.meters.error(CacheFault::NotJson);
            false
        }
    };
    Ok((value, stored))
}
