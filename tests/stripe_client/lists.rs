//! Walking through lists.

use sheetflow::stripe::{ClientError, Flaw, Pager};

use super::client;
use super::server::{Reply, Server};

fn page(ids: &[&str], has_more: bool) -> Reply {
    let data: Vec<String> = ids.iter().map(|id| format!(r#"{{"id": "{id}"}}"#)).collect();
    Reply::ok(&format!(
        r#"{{"object": "list", "data": [{}], "has_more": {has_more}, "url": "/v1/customers"}}"#,
        data.join(",")
    ))
}

/// Reads a list to its end.
async fn read_all(pager: &mut Pager) -> Result<Vec<String>, ClientError> {
    let mut ids = Vec::new();
    while let Some(object) = pager.next().await? {
        ids.push(object["id"].as_str().expect("an id").to_owned());
    }
    Ok(ids)
}

#[tokio::test]
async fn a_list_is_read_page_after_page() {
    let pages = [
        page(&["cus_4", "cus_3"], true),
        page(&["cus_2", "cus_1"], true),
        page(&[], false),
    ];
    let server = Server::start(pages).await;
    let filters = [("created[gte]".to_owned(), "7".to_owned())];
    let mut pager = client(&server).list("/v1/customers", &filters);
    let ids = read_all(&mut pager).await.expect("three pages");
    assert_eq!(ids, ["cus_4", "cus_3", "cus_2", "cus_1"]);
    assert_eq!(pager.next().await.expect("the end stays"), None);
    let lines: Vec<String> = server.asked().into_iter().map(|asked| asked.line).collect();
    let first = "GET /v1/customers?created%5Bgte%5D=7&limit=100";
    assert_eq!(
        lines,
        [
            first.to_owned(),
            format!("{first}&starting_after=cus_3"),
            format!("{first}&starting_after=cus_1"),
        ]
    );
}

#[tokio::test]
async fn a_page_that_fails_is_read_again() {
    let failure = Reply::status(400, "", r#"{"error": {"message": "not now"}}"#);
    let server = Server::start([page(&["cus_2"], true), failure, page(&["cus_1"], false)]).await;
    let mut pager = client(&server).list("/v1/customers", &[]);
    read_all(&mut pager).await.expect_err("the second page fails");
    assert_eq!(read_all(&mut pager).await.expect("the second page"), ["cus_1"]);
}

#[tokio::test]
async fn a_list_that_leads_nowhere_is_an_error() {
    let same = vec![page(&["cus_1"], true)];
    let empty = vec![page(&[], true)];
    let circle = vec![
        page(&["cus_2"], true),
        page(&["cus_1"], true),
        page(&["cus_2"], true),
    ];
    for pages in [same, empty, circle] {
        let server = Server::start(pages).await;
        let mut pager = client(&server).list("/v1/customers", &[]);
        let error = read_all(&mut pager).await.expect_err("no end");
        assert!(
            matches!(
                error,
                ClientError::BadAnswer {
                    flaw: Flaw::Circular,
                    ..
                }
            ),
            "{error}"
        );
    }
}

#[tokio::test]
async fn what_is_no_list_is_an_error() {
    for body in [
        r#"{"object": "customer"}"#,
        r#"{"object": "list", "data": {}, "has_more": false}"#,
        r#"{"object": "list", "data": []}"#,
    ] {
        let server = Server::start([Reply::ok(body)]).await;
        let error = client(&server)
            .page("/v1/customers", &[], None)
            .await
            .expect_err("no list");
        assert!(
            matches!(
                error,
                ClientError::BadAnswer {
                    flaw: Flaw::NoList,
                    ..
                }
            ),
            "{error}"
        );
    }
}
