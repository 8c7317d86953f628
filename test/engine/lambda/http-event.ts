import { type HttpHandler, type HttpRequest, HttpResponse } from '@smithy/core/protocols';
